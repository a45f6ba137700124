import {isIP} from 'node:net';
import {z} from 'zod';
import type {ListenAddress} from '../../shared/loopback-address.ts';

const HIGHEST_PORT = 65_535;
const FORM = 'a port from 1 to 65535, or ADDRESS:PORT with an IP address such as 127.0.0.1:9464 or [::1]:9464,';
const LOOPBACK = '127.0.0.1';

/** `9464`, `127.0.0.1:9464`, `localhost:9464`, `[::1]:9464`; null for anything else. A port alone is on loopback. */
function parseListenAddress(text: string): ListenAddress | null {
  const match = /^(?:(?:\[([0-9a-f:.]{2,45})\]|([0-9.]{7,15}|localhost)):)?([1-9]\d{0,4})$/i.exec(text);
  if (match === null) return null;
  const [, six, four, digits] = match;
  const port = Number(digits);
  const named = six ?? four ?? LOOPBACK;
  const host = named.toLowerCase() === 'localhost' ? LOOPBACK : named;
  const isAddress = isIP(host) === (six === undefined ? 4 : 6);
  return isAddress && port <= HIGHEST_PORT ? {host, port} : null;
}

const listenText = z.union([z.string(), z.number()]).transform((value, context) => {
  const text = String(value);
  if (parseListenAddress(text) !== null) return text;
  context.addIssue(FORM);
  return z.NEVER;
});

/** `gantry.yaml`, section `metrics`. */
export const metricsSchema = z.strictObject({
  listen: listenText
    .nullable()
    .default(null)
    .describe(
      "Where Gantry's own metrics are served for Prometheus besides its socket: a port on loopback, or ADDRESS:PORT; null for nowhere. Whoever reaches it reads them without a key.",
    ),
});

/** Where the metrics are served besides the socket; null for nowhere. */
export function toMetricsAddress({
  metrics: {listen},
}: {
  readonly metrics: z.output<typeof metricsSchema>;
}): ListenAddress | null {
  return listen === null ? null : parseListenAddress(listen);
}
