import ipaddr from 'ipaddr.js'
import { z } from 'zod'

/** A setting like "10.1.0.0/16, fd00::/8"; none by default. */
export const cidrListSchema = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  )
  .pipe(z.array(z.string().refine(ipaddr.isValidCIDR, 'a network like 10.1.0.0/16')))
  .default([])
