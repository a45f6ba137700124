import type {IncomingMessage, ServerResponse} from 'node:http';
import type {Socket} from 'node:net';

/** What a client does on its connection. */
type Use = 'asks-nothing' | 'sends' | 'reads' | 'commands';

/** A client needs a moment to send its request, and a server that is busy to read it. */
const YOUNG_MS = 1_000;

/** The first of these are closed first when there are too many connections; commands in progress never. */
const closedFirst: readonly Use[] = ['asks-nothing', 'sends', 'reads'];

/**
 * The connections of all clients. When there are too many, the oldest one that is missed least is closed, so that a new
 * command always gets in: first those that ask nothing, then requests that do not arrive, then reading, such as streams.
 */
export class ConnectionBook {
  readonly #limit: number;
  /** In the order in which their use began; milliseconds. */
  readonly #uses = new Map<Socket, {readonly use: Use; readonly sinceMs: number}>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** A client has connected. */
  add(socket: Socket): void {
    this.#note(socket, 'asks-nothing');
    socket.once('close', () => this.#uses.delete(socket));
    if (this.#uses.size > this.#limit) (this.#leastMissed(socket) ?? socket).destroy();
  }

  /** The headers of a request have arrived. */
  onRequest(request: IncomingMessage, response: ServerResponse): void {
    const {socket} = request;
    const use = request.method === 'POST' ? 'commands' : 'reads';
    this.#note(socket, request.method === 'POST' && !request.complete ? 'sends' : use);
    request.once('end', () => {
      if (this.#uses.get(socket)?.use === 'sends') this.#note(socket, use);
    });
    response.once('finish', () => this.#note(socket, 'asks-nothing'));
  }

  #note(socket: Socket, use: Use): void {
    if (socket.destroyed) return;
    this.#uses.delete(socket);
    this.#uses.set(socket, {use, sinceMs: performance.now()});
  }

  #leastMissed(newest: Socket): Socket | undefined {
    const untilMs = performance.now() - YOUNG_MS;
    const others = [...this.#uses].filter(([socket]) => socket !== newest);
    const grown = others.filter(([, {sinceMs}]) => sinceMs < untilMs);
    for (const candidates of [grown, others]) {
      for (const use of closedFirst) {
        const found = candidates.find(([, its]) => its.use === use);
        if (found !== undefined) return found[0];
      }
    }
    return undefined;
  }
}
