export * from './evaluate.ts'
export { createJudge, type JudgeOptions } from './judge.ts'
export type { Shop } from './shop.ts'
