import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{services,packages,infra}/*/src/**/*.test.ts'],
    globalSetup: ['infra/local/src/testing/global-setup.ts'],
    pool: 'forks',
    // what takes long mostly waits: for simulated calls, for leases
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
