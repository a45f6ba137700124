import type {IncomingMessage, ServerResponse} from 'node:http';
import type {PromptMemory} from './completion-requests.ts';
import type {ServingEngine} from './serving-engine.ts';

/** What clients can see of a model: its names, and the format of its answers. */
export type ServedModel = {
  readonly model: string;
  readonly servedModelNames: readonly string[];
  readonly hasReasoningParser: boolean;
  /** The engine's name for the reasoning in an answer: `reasoning`, `reasoning_content`. */
  readonly reasoningField: string;
  readonly isPrefixCachingEnabled: boolean;
  readonly hasPromptTokensDetails: boolean;
  readonly forcesUsage: boolean;
  /** Name of the HTTP server: `uvicorn`, `llama.cpp`. */
  readonly serverName: string;
  /** An error in the engine's format. */
  readonly errorBody: (message: string, type: string, code: number, param?: string) => object;
};

/** What the server needs from the engine. */
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
  /** Sends a complete answer and records it. */
  readonly send: (status: number, body?: object | string) => void;
  /** Records an answer whose head was just sent. */
  readonly record: (status: number) => void;
};

/** The dependencies, with the prompts that clients have sent. */
export type RememberingWorld = ServerWorld & {readonly prompts: PromptMemory};
