export interface BatchFileRow {
  id: string
  projectId: string
  purpose: 'batch' | 'batch_output'
  filename: string
  bytes: number
  /** Of an input. */
  sha256: string | null
  /** The batch that puts it out. */
  batchId: string | null
  createdAt: Date
}

/** One fault of an input file. */
export interface BatchFault {
  code: string
  message: string
  param: string | null
  line: number | null
}

/** A line that was refused before there was a job: its answer. */
export interface RefusedLine {
  custom_id: string
  status: number
  body: unknown
}

export interface ClientBatchRow {
  id: string
  projectId: string
  endpoint: string
  inputFileId: string
  inputSha256: string
  status: 'validating' | 'failed' | 'in_progress' | 'completed' | 'expired' | 'cancelled'
  metadata: Record<string, string>
  /** As posted. */
  webhook: unknown
  errors: BatchFault[]
  bulkId: string | null
  /** Of each job, in the bulk's order. */
  customIds: string[]
  refused: RefusedLine[]
  cancelAskedAt: Date | null
  outputFileId: string | null
  errorFileId: string | null
  /** Known once it has ended. */
  completed: number
  failed: number
  createdAt: Date
  begunAt: Date | null
  endedAt: Date | null
  expiresAt: Date
}

export type NewClientBatch = Pick<
  ClientBatchRow,
  'id' | 'projectId' | 'endpoint' | 'inputFileId' | 'inputSha256' | 'metadata' | 'webhook' | 'expiresAt'
>

export interface BatchPage {
  /** The last of the page before. */
  after?: string
  limit: number
}

/** Batches and files of those who speak OpenAI's words: a batch's lines are the jobs of a bulk. */
export interface ClientBatches {
  addFile(file: Omit<BatchFileRow, 'createdAt'>): Promise<BatchFileRow>
  findFile(projectId: string, id: string): Promise<BatchFileRow | null>
  listFiles(
    projectId: string,
    page: BatchPage & { purpose?: string; oldestFirst: boolean },
  ): Promise<{ files: BatchFileRow[]; more: boolean }>
  removeFile(projectId: string, id: string): Promise<boolean>
  create(batch: NewClientBatch): Promise<ClientBatchRow>
  find(projectId: string, id: string): Promise<ClientBatchRow | null>
  /** Newest first. */
  list(projectId: string, page: BatchPage): Promise<{ batches: ClientBatchRow[]; more: boolean }>
  /** Those whose lines nobody reads; they are the caller's for so long. */
  takeUnread(leaseMs: number, limit: number): Promise<ClientBatchRow[]>
  /** Those under way whose bulk has ended. */
  ended(limit: number): Promise<ClientBatchRow[]>
  /** validating → failed. */
  fail(id: string, errors: BatchFault[]): Promise<void>
  /** validating → in_progress. */
  begin(
    id: string,
    begun: { bulkId: string | null; customIds: string[]; refused: RefusedLine[] },
  ): Promise<ClientBatchRow | null>
  askToCancel(projectId: string, id: string): Promise<ClientBatchRow | null>
  /** in_progress → how it ended, with its files. */
  end(
    id: string,
    how: Pick<ClientBatchRow, 'completed' | 'failed'> & {
      status: 'completed' | 'expired' | 'cancelled'
      files: Omit<BatchFileRow, 'createdAt'>[]
      outputFileId: string | null
      errorFileId: string | null
    },
  ): Promise<void>
}
