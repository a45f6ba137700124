import {withinWords} from '../../../shared/within-words.ts';
import type {TorchFailure} from '../torch-engine.ts';

/** Longest reason that is repeated in a sentence, in characters. */
const MAX_REASON = 300;

/** Configurations and chat templates of models that are read but not accepted. In order of precedence. */
export const configurationFailures: readonly TorchFailure[] = [
  {
    code: 'model-configuration',
    curedBy: 'model',
    // Older releases only warn of it.
    harmlessFrom: 'load-weights',
    words: 'ValueError: No model architectures are specified',
    pattern: /No model architectures? (?:are|is) specified/,
    details: () => ({
      message: 'The config.json of the model names no architecture.',
      remedy:
        'Compare it with the repository: some conversions and adapters (LoRA) have an incomplete one. Set engine.model to the directory of the whole model, or add "architectures" as the original config.json has it. A newer release does not help.',
    }),
  },
  {
    code: 'model-configuration',
    curedBy: 'model',
    words:
      'ValueError: Unrecognized model in /models/kimi. Should have a model_type key in its config.json, or contain one of the following strings in its name',
    pattern: /Unrecognized model in (\S{1,300})\. Should have a [`']?model_type[`']? key/,
    details: ([, place]) => ({
      message: `${place} has no config.json with a model_type: it is not the directory of a model, or not a complete one.`,
      remedy:
        'Check that engine.model is the directory in which config.json lies (of a cache of the hub, that below snapshots), and compare config.json with the repository. The weights need not be downloaded again.',
    }),
  },
  {
    code: 'model-configuration',
    curedBy: 'model',
    words: "OSError: It looks like the config file at '/models/kimi/config.json' is not a valid JSON file.",
    pattern: /It looks like the config file at '([^'\n]{1,300})' is not a valid JSON file/,
    details: ([, place]) => ({
      message: `${place} is not valid JSON: it was cut off, or edited wrongly.`,
      remedy: 'Download this file again; the weights need not be downloaded again.',
    }),
  },
  {
    code: 'model-configuration',
    curedBy: 'model',
    words: 'OSError: /models/kimi does not appear to have a file named config.json.',
    // Optional files are only warned of, without the name of an exception.
    pattern:
      /\b(?:OSError|EntryNotFoundError): (\S{1,300}) does not appear to have a file named ([\w./-]{1,120}\.(?:json|py|model|jinja))\b/,
    details: ([, place, file]) => ({
      message: `${place} has no ${file}.`,
      remedy:
        'Check that engine.model is the directory of the model, and whether its download is complete: small files are left out by downloads of *.safetensors alone. The weights need not be downloaded again.',
    }),
  },
  {
    code: 'template-failed',
    curedBy: 'arguments',
    whileServing: 'warning',
    words: "FileNotFoundError: [Errno 2] No such file or directory: '/templates/kimi.jinja'",
    pattern: /No such file or directory: '([^'\n]{1,300}\.jinja2?)'/,
    details: ([, file]) => ({
      message: `There is no chat template at ${file}.`,
      remedy: 'Correct the path of --chat-template in engine.extraArguments: in a container, the path within it.',
    }),
  },
  {
    code: 'model-configuration',
    curedBy: 'model',
    whileServing: 'warning',
    words: "FileNotFoundError: [Errno 2] No such file or directory: '/models/kimi/tiktoken.model'",
    pattern:
      /FileNotFoundError: \[Errno 2\] No such file or directory: '([^'\n]{1,300}\/(?:config|tokenizer|tokenizer_config|preprocessor_config|params)\.json|[^'\n]{1,300}\/(?:tiktoken|tokenizer)\.model)'/,
    details: ([, file]) => ({
      message: `A file of the model is missing: ${file}.`,
      remedy:
        'Download it: small files are left out by downloads of *.safetensors alone. If all are missing, engine.model is not the directory of the model, or is not mounted. The weights need not be downloaded again.',
    }),
  },
  {
    code: 'template-failed',
    curedBy: 'arguments',
    whileServing: 'warning',
    words: "jinja2.exceptions.TemplateSyntaxError: unexpected 'endif'",
    pattern: /jinja2\.exceptions\.Template(?:Syntax|Assertion)Error: ([^\n]{1,300})/,
    details: ([, reason = ''], _context, {displayName}) => ({
      message: `The chat template has an error in its syntax: ${withinWords(reason.trim(), MAX_REASON)}.`,
      remedy: `If the template is one of your own (--chat-template), correct it; in YAML and shells, braces and quotes are lost easily. If it is the model's, compare chat_template.jinja or tokenizer_config.json with the repository, or install a newer release of ${displayName}.`,
    }),
  },
  {
    // A request makes it, with content that the template does not expect.
    code: 'template-failed',
    curedBy: 'arguments',
    whileServing: 'warning',
    words: "jinja2.exceptions.UndefinedError: 'dict object' has no attribute 'content'",
    pattern: /jinja2\.exceptions\.(?:UndefinedError|TemplateError|TemplateRuntimeError|SecurityError): ([^\n]{1,300})/,
    details: ([, reason = '']) => ({
      message: `The chat template does not accept the messages of a request: ${withinWords(reason.trim(), MAX_REASON)}.`,
      remedy:
        'Look at what the client sends (tool calls without content, roles in an unusual order), and compare the template with the repository of the model. Weights and memory are not the cause.',
    }),
  },
];

/**
 * Settings that pydantic rejects, where no entry of a catalog knows the reason: the last ones of what engines share. In order of
 * precedence.
 */
export const settingFailures: readonly TorchFailure[] = [
  {
    code: 'setting-rejected',
    curedBy: 'arguments',
    harmlessFrom: 'serve',
    words:
      'Value error, unsupported dtype half8 [type=value_error, input_value=ArgsKwargs((), {}), input_type=ArgsKwargs]',
    pattern: / \[type=\w{2,60}, input_value=/,
    details: (match, _context, {displayName}) => ({
      message: `${displayName} rejects its settings: ${withinWords(reasonBefore(match), MAX_REASON).replace(/[.:]$/, '')}.`,
      remedy:
        'Correct the setting that the lines before it name. It is in engine.extraArguments, follows from a setting, or is in the config.json of the model.',
    }),
  },
  {
    // The reason follows on the next lines.
    code: 'setting-rejected',
    curedBy: 'arguments',
    isConsequence: true,
    harmlessFrom: 'serve',
    words: 'pydantic_core._pydantic_core.ValidationError: 1 validation error for ModelConfig',
    pattern: /ValidationError: (\d{1,4}) validation errors? for (?!\w*Request\b)(\w{1,80})/,
    details: ([, count, name], _context, {displayName}) => ({
      message: `${displayName} rejects ${count === '1' ? 'a setting' : `${count} settings`} (${name}), and the text has no reason.`,
      remedy: 'Get the lines that follow the evidence: they name the setting and what is wrong with it.',
    }),
  },
];

/** What a line says before the kind of the error, which pydantic puts in brackets. */
function reasonBefore({input, index}: RegExpExecArray): string {
  const said = input.slice(Math.max(0, index - 2 * MAX_REASON), index);
  return said
    .replace(/^.*?\) {2,}/, '')
    .trim()
    .replace(/^(?:Value error|Assertion failed), /, '');
}
