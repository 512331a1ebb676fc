import type { Request, RequestHandler, Response } from 'express';

/** A question that cannot be answered; its message says what can. */
export class BadQuery extends Error {}

/** The parameters of a request's URL. @throws BadQuery where one is not known */
export function queryOf(url: string, known: readonly string[]): URLSearchParams {
  const query = new URL(url, 'http://exporter').searchParams;
  const stray = [...query.keys()].find((key) => !known.includes(key));
  if (stray !== undefined) throw new BadQuery(`${stray}: unknown; expected ${known.join(', ')}`);
  return query;
}

export function oneOf(
  query: URLSearchParams,
  key: string,
  allowed: readonly string[],
): string | null {
  const value = query.get(key);
  if (value !== null && !allowed.includes(value)) {
    throw new BadQuery(`${key}: expected one of ${allowed.join(', ')}`);
  }
  return value;
}

const defaultLimit = 100;

export function limitOf(query: URLSearchParams, most: number): number {
  const limit = Number(query.get('limit') ?? defaultLimit);
  if (Number.isInteger(limit) && limit >= 1 && limit <= most) return limit;
  throw new BadQuery(`limit: expected a whole number from 1 to ${most}`);
}

/** Answers with JSON; with 404 where there is none, with 400 and a sentence to a bad question. */
export function answering(
  answer: (request: Request) => unknown,
  notFound = 'there is no such thing',
): RequestHandler {
  return async (request: Request, response: Response) => {
    try {
      const body = await answer(request);
      if (body === undefined) response.status(404).json({ error: notFound });
      else response.json(body);
    } catch (error) {
      if (!(error instanceof BadQuery)) throw error;
      response.status(400).json({ error: error.message });
    }
  };
}
