/** Reads server-sent events out of a body as it arrives; `onData` gets each event's data. */
export function createSseReader(onData: (data: string) => void): (chunk: Uint8Array) => void {
  const decoder = new TextDecoder()
  let pending = ''
  let scanned = 0
  return (chunk) => {
    pending += decoder.decode(chunk, { stream: true })
    for (;;) {
      // An event is megabytes of base64: what was looked through is not looked through again.
      const end = /\r?\n\r?\n/g
      end.lastIndex = Math.max(0, scanned - 3)
      const found = end.exec(pending)
      if (!found) break
      const data = dataOf(pending.slice(0, found.index))
      pending = pending.slice(end.lastIndex)
      scanned = 0
      if (data !== '') onData(data)
    }
    scanned = pending.length
  }
}

function dataOf(event: string): string {
  const lines = event.split(/\r?\n/).filter((line) => line.startsWith('data:'))
  return lines.map((line) => line.slice(line.startsWith('data: ') ? 6 : 5)).join('\n')
}
