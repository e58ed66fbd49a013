import type { Facts } from '../facts.ts'

/** A small run in which all is well, to spoil in one point. */
export function soundRun(): Facts {
  const jobs: Facts['jobs'] = [
    job('job_paid', { status: 'succeeded', pictures: ['ab'] }),
    job('job_bought_twice', { status: 'succeeded', pictures: ['cd'], holdNano: 50n, unknownNano: 50n }),
    job('job_refused', { status: 'failed', onUnknown: 'hold' }),
  ]
  return {
    jobs,
    attempts: [
      attempt('att_1', 'job_paid', { costNano: 40n }),
      attempt('att_2', 'job_bought_twice', { state: 'unknown', costNano: null }),
      attempt('att_3', 'job_bought_twice', { costNano: 40n }),
      attempt('att_4', 'job_refused', { state: 'released', costNano: 0n }),
    ],
    entries: [
      entry('hold', 'available', 'held', 150n),
      entry('raise', 'available', 'held', 50n),
      entry('settle', 'held', 'spent', 40n, 'att_1'),
      entry('settle', 'held', 'spent', 40n, 'att_3'),
      entry('release', 'held', 'available', 70n),
    ],
    accounts: [{ id: 'prj_1', held: 50n, spent: 80n }],
    messages: jobs.map(({ id, status }) => ({
      id: `whk_${id}`,
      type: `image.job.${status}`,
      jobId: id,
      bulkId: null,
    })),
    payments: [payment('att_1', 40n), payment('att_2', 40n), payment('att_3', 40n)],
    deliveries: jobs.map(({ id, status }) => ({
      id: `whk_${id}`,
      type: `image.job.${status}`,
      jobId: id,
      good: true,
    })),
    promises: jobs.map(({ id }) => ({ key: `key ${id}`, accepted: ['{}', '{}'], stored: 1, promised: 1 })),
    overBudget: [],
    audited: 9,
    badPictures: [],
    leaks: [],
    priceChanges: [],
    priceNews: [],
    samples: [0, 1, 2].map((at) => ({ at: at * 1_000, done: at, open: true, activeFaults: 0 })),
    unknownMax: 1,
    balanceFaults: [],
  }
}

function job(id: string, rest: Partial<Facts['jobs'][number]>): Facts['jobs'][number] {
  return {
    id,
    projectId: 'prj_1',
    bulkId: null,
    status: 'succeeded',
    onUnknown: 'auto',
    holdNano: 0n,
    unknownNano: 0n,
    pictures: [],
    webhook: true,
    name: id,
    ...rest,
  }
}

function attempt(
  id: string,
  jobId: string,
  rest: Partial<Facts['attempts'][number]>,
): Facts['attempts'][number] {
  return {
    id,
    jobId,
    provider: 'openai',
    model: 'gpt-image-2',
    ruleId: 'rule',
    state: 'settled',
    costNano: null,
    worstNano: 50n,
    startedAt: 1_000,
    committedAt: 1_001,
    finishedAt: 3_000,
    ...rest,
  }
}

function entry(kind: string, from: string, to: string, nano: bigint, attemptId: string | null = null) {
  return { kind, accounts: ['prj_1'], attemptId, from, to, nano }
}

export function payment(attemptId: string | null, nano: bigint): Facts['payments'][number] {
  return { attemptId, provider: 'openai', model: 'gpt-image-2', nano, at: 2_000 }
}
