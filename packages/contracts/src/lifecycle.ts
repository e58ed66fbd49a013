/** Anything with a life. `start` returns when ready; `stop` when done, and may come twice or before `start`. */
export interface Component {
  name: string
  start(): Promise<void>
  /** Takes nothing new, lets work finish until `deadline` (epoch ms), then closes. */
  stop(deadline: number): Promise<void>
}

/** Milliseconds since the epoch; handed in, so that tests own the time. */
export type Clock = () => number
/** A number in [0, 1); handed in, so that tests own chance. */
export type Random = () => number
