import type { AppError } from '@halftone/contracts'
import type { FastifyReply } from 'fastify'
import { type Names, type OpenAiError, refusal } from './errors.ts'

const openAiPath = /^\/(openai\/|v1\/images(\/|\?|$)|v1\/models(\/|\?|$))/

/** Whether a caller of this path expects OpenAI's words. */
export function speaksOpenAi(url: string): boolean {
  return openAiPath.test(url)
}

export function sendOpenAiError(reply: FastifyReply, error: OpenAiError): FastifyReply {
  return reply
    .status(error.status)
    .headers(error.headers)
    .type('application/json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(error.body)
}

/** A request that was refused before there was a job. `names`: what the caller calls our fields. */
export function sendRefusal(reply: FastifyReply, error: AppError, names: Names = {}): FastifyReply {
  return sendOpenAiError(reply, refusal(error, names))
}
