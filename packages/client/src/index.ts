export { HalftoneError, type HalftoneErrorFacts } from './halftone-error.ts'
export {
  type CallOptions,
  type ClientOptions,
  type EditInput,
  type FinishedJob,
  type GenerateInput,
  ImageGenerationClient,
  type ImageSource,
  type Picture,
  type RunOptions,
  type SubmitOptions,
  type UsageOptions,
  type VariationInput,
} from './image-generation-client.ts'
export type { EventsOptions, HalftoneEvent, JobEvent } from './job-events.ts'
export type { SubmitManyOptions, SubmitProgress, SubmittedBulk } from './submit-many.ts'
export { type VerifyOptions, verifyWebhook, type WebhookHeaders } from './verify-webhook.ts'
export type { WaitOptions } from './wait-for-job.ts'
export type * from './wire.ts'
