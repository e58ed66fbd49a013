export { onVanished, packageRunners } from './ancestors.ts'
export { writeRunFile } from './run-file.ts'
export { type Stack, type StackOptions, startStack } from './stack.ts'
export { createTemporaryStack, type TemporaryStack } from './temporary-stack.ts'
