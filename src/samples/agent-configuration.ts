import type {Reading} from './reading.ts';

/** Host without brackets, lower case, and port of a URL. */
export type AgentEndpoint = {readonly host: string; readonly port: number};

/** A coding agent that accepts no context below `neededContextTokens`, as its configuration file on this host says. */
export type AgentConfiguration = {
  /** Display name. */
  readonly name: string;
  readonly file: string;
  readonly neededContextTokens: number;
  /** Where it sends its requests; absent if the file does not say or cannot be read. */
  readonly endpoint: Reading<AgentEndpoint>;
};
