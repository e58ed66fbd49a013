/** How answers name the outside world: signed links, and whether the money and the pictures are real. */
export interface AnswerLinks {
  /** Absolute, signed, needs no key, lives 24 h. */
  contentUrl(fileId: string): string
  /** This installation talks to the simulator. */
  simulated: boolean
}
