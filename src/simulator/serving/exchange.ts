import type {IncomingMessage, ServerResponse} from 'node:http';
import type {PromptMemory} from './completion-requests.ts';
import type {ServingEngine} from './serving-engine.ts';

/** What clients can tell of a model: the names it answers to, and what its answers hold. */
export type ServedModel = {
  readonly model: string;
  readonly servedModelNames: readonly string[];
  readonly hasReasoningParser: boolean;
  /** What the engine calls the thinking in an answer: `reasoning`, `reasoning_content`. */
  readonly reasoningField: string;
  readonly isPrefixCachingEnabled: boolean;
  readonly hasPromptTokensDetails: boolean;
  readonly forcesUsage: boolean;
  /** What the HTTP server calls itself: `uvicorn`, `llama.cpp`. */
  readonly serverName: string;
  /** An error as the engine words its body. */
  readonly errorBody: (message: string, type: string, code: number, param?: string) => object;
};

/** What the server needs of the engine behind it. */
export type ServerWorld = {
  readonly options: ServedModel;
  readonly maxModelLen: number;
  readonly engine: ServingEngine;
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
