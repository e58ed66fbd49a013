export { createTargetCheck } from './check-target.ts'
export { cidrListSchema } from './cidr-list.ts'
export { BlockedTargetError, createGuardedAgent, parseTarget } from './guarded-agent.ts'
