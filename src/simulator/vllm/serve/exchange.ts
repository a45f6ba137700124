import type {IncomingMessage, ServerResponse} from 'node:http';
import type {ServeOptions} from '../flags.ts';
import type {PromptMemory} from './completion-requests.ts';
import type {ServingEngine} from './serving-engine.ts';

/** What the server needs of the engine behind it. */
export type ServerWorld = {
  readonly options: ServeOptions;
  readonly maxModelLen: number;
  readonly createdSeconds: number;
  readonly engine: ServingEngine;
  readonly metricsPage: () => string;
  readonly isDead: () => boolean;
  readonly onResponse: (response: AccessRecord) => void;
};
/** One line of the access log. */
export type AccessRecord = {
  readonly client: string;
  readonly method: string;
  readonly path: string;
  readonly handler: string;
  readonly status: number;
};

/** Answers one exchange. */
export type Handler = (world: RememberingWorld, exchange: Exchange) => void | Promise<void>;
/** One request and its answer. */
export type Exchange = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Sends a whole answer and records it. */
  readonly send: (status: number, body?: object | string) => void;
  /** Records an answer whose head has just gone out. */
  readonly record: (status: number) => void;
};

/** The world with the prompts that clients have sent. */
export type RememberingWorld = ServerWorld & {readonly prompts: PromptMemory};
