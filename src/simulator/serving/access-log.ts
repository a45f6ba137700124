import {STATUS_CODES} from 'node:http';
import type {AccessRecord} from './exchange.ts';

/** A line of uvicorn's access log. */
export function accessLine({client, method, path, status}: AccessRecord): string {
  return `INFO:     ${client} - "${method} ${path} HTTP/1.1" ${status} ${STATUS_CODES[status] ?? ''}`;
}

/** The line of a simulated client's answered request; `place` is the number of earlier ones. */
export function clientRecord(place: number): AccessRecord {
  return {
    client: `10.20.0.${11 + (place % 23)}:${32_768 + ((place * 7_919) % 28_000)}`,
    method: 'POST',
    path: '/v1/chat/completions',
    handler: '/v1/chat/completions',
    status: 200,
  };
}
