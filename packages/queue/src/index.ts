export { createClassifyConsumer, createRunConsumer } from './consumer.ts'
export { createQueue, type QueueOptions } from './create-queue.ts'
export * from './queue.ts'
export { createSignals, type SignalsOptions } from './signals.ts'
