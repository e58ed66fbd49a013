import { expect, test } from 'vitest'
import { createTargetCheck } from './check-target.ts'

test('what no connection could make right is refused before a name is resolved, and what is listed is known by its address', () => {
  const check = createTargetCheck({ allowCidrs: [], denyCidrs: ['93.184.216.0/24'] })
  for (const url of [
    'https://127.0.0.1/',
    'https://0x7f.1/',
    'https://[::ffff:169.254.169.254]/',
    'https://localhost/',
    'https://db.internal/',
    'https://printer/',
    'http://example.com/',
    'https://example.com:6379/',
    'https://user@example.com/',
    'file:///etc/passwd',
    'https://93.184.216.34/',
  ])
    expect(() => check(url), url).toThrow(expect.objectContaining({ permanent: true }))
  expect(check('https://example.com:8443/x')).toMatchObject({ listed: false })
  expect(check('https://1.1.1.1/')).toMatchObject({ listed: false })

  const own = createTargetCheck({ allowCidrs: ['127.0.0.0/8'] })
  expect(own('http://127.1:9/x')).toMatchObject({ listed: true })
  expect(own('http://localhost:9/')).toMatchObject({ listed: true })
  // in a network of the operator's own: what it resolves to decides, when it is dialled
  expect(own('http://receiver:3000/hook')).toMatchObject({ listed: false })
  expect(() => own('http://10.0.0.1/')).toThrow('10.0.0.1')
})
