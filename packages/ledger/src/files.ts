import type { Database } from './database.ts'
import type { Files } from './ledger.ts'
import { type FileRecord, toFile } from './rows.ts'

export function createFiles(database: Database): Files {
  return {
    async add(file) {
      await database.run(
        (sql) => sql`
        insert into files (id, project_id, purpose, sha256, width, height, format, bytes, masked_pixels,
          mask_template)
        values (${file.fileId}, ${file.projectId}, ${file.purpose}, ${file.sha256}, ${file.width}, ${file.height},
          ${file.format}, ${file.bytes}, ${file.maskedPixels}, ${file.maskTemplate})
        on conflict (id) do nothing`,
      )
    },
    async find(id) {
      const [row] = await database.run((sql) => sql<FileRecord[]>`select * from files where id = ${id}`)
      return row ? toFile(row) : null
    },
  }
}
