/** The lines of a text that comes in pieces; empty ones are left out. Throws on one that is longer than `bytesMax`. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>, bytesMax: number): AsyncGenerator<string> {
  let held: Uint8Array[] = []
  let bytes = 0
  const whole = () => {
    const text = Buffer.concat(held).toString().trim()
    held = []
    bytes = 0
    return text
  }
  for await (const chunk of chunks) {
    let from = 0
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      held.push(chunk.subarray(from, at))
      from = at + 1
      const line = whole()
      if (line !== '') yield line
    }
    const rest = chunk.subarray(from)
    bytes += rest.length
    if (bytes > bytesMax) throw new Error(`a line is longer than ${bytesMax} bytes`)
    if (rest.length > 0) held.push(rest)
  }
  const last = whole()
  if (last !== '') yield last
}
