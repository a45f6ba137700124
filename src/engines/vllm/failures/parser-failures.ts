import {unknownParser} from '../../torch/release-failures.ts';
import type {TorchFailure} from '../../torch/torch-engine.ts';

/** A parser of tool calls or of reasoning that this release does not have, in the words of vLLM's releases. */
export const parserFailures: readonly TorchFailure[] = [
  {
    code: 'unknown-parser',
    curedBy: 'installation',
    words: "KeyError: 'invalid tool call parser: kimi_k2 (chose from { deepseek_v3,hermes,mistral })'",
    pattern: /invalid (tool call|reasoning) parser: ([\w.-]{1,80})(?: \(chose from \{?([^}\n]{0,2000}))?/,
    details: (match, _context, engine) => unknownParser(match, engine),
  },
  {
    code: 'unknown-parser',
    curedBy: 'installation',
    words: 'KeyError: "Reasoning parser \'qwen25\' not found. Available parsers: deepseek_r1, qwen3"',
    pattern: /(Tool|Reasoning) parser '([\w.-]{1,80})' not found(?:\. Available parsers: ([^\n]{0,2000}))?/,
    details: (match, _context, engine) => unknownParser(match, engine),
  },
];
