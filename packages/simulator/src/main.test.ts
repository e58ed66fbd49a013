import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'

const running: ReturnType<typeof fork>[] = []

function start(env: Record<string, string>) {
  const child = fork(fileURLToPath(new URL('./main.ts', import.meta.url)), {
    env,
    silent: true,
    execArgv: [],
  })
  running.push(child)
  return child
}

afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
})

test('it tells its parent the port when it answers, and stops cleanly on SIGTERM', async () => {
  const child = start({ HALFTONE_CATALOGUE: 'reference' })
  const [message] = (await once(child, 'message')) as [{ ready: boolean; port: number }]
  expect(message.ready).toBe(true)
  const health = await fetch(`http://127.0.0.1:${message.port}/health`)
  expect(await health.json()).toEqual({ ok: true, catalogue: 'reference' })
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
})

test('it ends when its parent is gone', async () => {
  const child = start({})
  await once(child, 'message')
  child.disconnect()
  expect(await once(child, 'exit')).toEqual([0, null])
})

test('bad settings end it with one line for each', async () => {
  const child = start({ HALFTONE_CATALOGUE: 'tomorrow', HALFTONE_SIM_LIMITS: '{' })
  let said = ''
  child.stderr?.on('data', (chunk) => {
    said += chunk
  })
  const [code] = await once(child, 'close')
  expect(code).toBe(1)
  expect(said.trim().split('\n')).toEqual([
    expect.stringMatching(/^HALFTONE_CATALOGUE: /),
    expect.stringMatching(/^HALFTONE_SIM_LIMITS: /),
  ])
})
