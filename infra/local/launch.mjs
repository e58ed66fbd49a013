// Runs one of the project's scripts, after making sure that this is Node 24 or newer.
// Plain JavaScript, so that an older Node can still say what is wrong.
import module from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error(
    `halftone needs Node 24 or newer, and this is ${process.version}: "npx -y pnpm@10.34.9 <script>" brings its own on Linux and Apple silicon; elsewhere install Node 24 from nodejs.org`,
  )
  process.exit(1)
}
const root = resolve(import.meta.dirname, '../..')
process.env.NODE_COMPILE_CACHE ??= resolve(root, 'node_modules/.cache/node')
module.enableCompileCache(process.env.NODE_COMPILE_CACHE)
const script = resolve(root, process.argv[2])
process.argv.splice(1, 2, script)
await import(pathToFileURL(script).href)
