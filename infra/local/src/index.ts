export { onVanished, packageRunners } from './ancestors.ts'
export { writeRunFile } from './run-file.ts'
export { type Stack, startStack } from './stack.ts'
