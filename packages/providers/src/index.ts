export * from './image-provider.ts'
