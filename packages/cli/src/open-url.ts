import { spawn } from 'node:child_process'

const openers: Partial<Record<NodeJS.Platform, [string, ...string[]]>> = {
  darwin: ['open'],
  win32: ['explorer'],
  linux: ['xdg-open'],
}

/** Shows a URL in the browser of this machine; false if there is no way to. Only http and https. */
export async function openUrl(url: string): Promise<boolean> {
  const [program, ...args] = openers[process.platform] ?? []
  if (!program || !/^https?:\/\//.test(url)) return false
  return new Promise((resolve) => {
    const child = spawn(program, [...args, url], { stdio: 'ignore', detached: true })
    child.once('error', () => resolve(false))
    child.once('spawn', () => {
      child.unref()
      resolve(true)
    })
  })
}
