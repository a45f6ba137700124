import {unknownParser} from '../../torch/release-failures.ts';
import type {TorchFailure} from '../../torch/torch-engine.ts';

/** A parser or an architecture that this release does not have, in the words of vLLM's releases. */
export const ownReleaseFailures: readonly TorchFailure[] = [
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
  {
    code: 'unsupported-model',
    curedBy: 'installation',
    words:
      'ValueError: Model architecture Grok1ForCausalLM was supported in vLLM until v0.24.0, and is not supported anymore.',
    pattern: /Model architecture (\w{1,100}) was supported in vLLM until v?([\d.]*\d)/,
    details: ([, name, last]) => ({
      message: `vLLM no longer supports the model's architecture ${name}.`,
      remedy: `Install vLLM ${last}, the last release that has it, or use another engine.`,
    }),
  },
  {
    code: 'unsupported-model',
    curedBy: 'installation',
    words:
      'ValueError: Model architecture BartModel is not supported in-tree anymore. Please install the plugin at https://plugins.example/bart if you want to use this model architecture.',
    pattern:
      /Model architecture (\w{1,100}) is not supported in-tree anymore\. Please install the plugin at (\S{1,300})/,
    details: ([, name, place]) => ({
      message: `vLLM has the model's architecture ${name} only as a plugin.`,
      remedy: `Install the plugin that vLLM names: ${place}.`,
    }),
  },
];
