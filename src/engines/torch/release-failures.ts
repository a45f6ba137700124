import {nearestName} from '../../domain/settings/nearest-name.ts';
import type {FailureDetails} from '../log/failure-catalog.ts';
import {builtFromSource, pipNameOf} from './setup/package-names.ts';
import type {TorchEngine, TorchFailure} from './torch-engine.ts';

/** A release that does not have what the model or the command line needs. In order of precedence. */
export const releaseFailures: readonly TorchFailure[] = [
  {
    // The engine lists the architecture itself: its class could not be imported.
    code: 'model-not-inspected',
    curedBy: 'installation',
    isConsequence: true,
    words:
      "ValueError: Model architectures ['LlamaForCausalLM'] are not supported for now. Supported architectures: dict_keys(['LlamaForCausalLM'])",
    pattern:
      /Model architectures \['(\w{1,100})'\] are not supported for now\. Supported architectures: \w{0,20}\(?\[[^[\n]{0,30000}?'\1'/,
    details: (match, _context, {displayName}) => notInspected(match[1], displayName),
  },
  {
    code: 'unsupported-model',
    curedBy: 'installation',
    words: "ValueError: Model architectures ['KimiK25ForConditionalGeneration'] are not supported for now.",
    pattern:
      /Model architectures \[([^\]\n]{1,300})\] are not supported for now|(?:Cannot find model module|No model architecture)[^\n]{0,80}'(\w{1,100})'/,
    details: (match, _context, engine) => unsupportedModel(named(match[1] ?? match[2]), engine),
  },
  {
    code: 'unsupported-model',
    curedBy: 'installation',
    words:
      'The checkpoint you are trying to load has model type `kimi_k25` but Transformers does not recognize this architecture.',
    pattern: /model type `([^`\n]{1,100})` but Transformers does not recognize/,
    details: (match, _context, {displayName}) => ({
      message: `The installed Transformers, and this version of ${displayName}, do not know the model type ${match[1]}.`,
      remedy: `Install a newer release of ${displayName}, which brings its Transformers; a model with its own code also needs --trust-remote-code in engine.extraArguments. The files are not broken.`,
    }),
  },
  {
    code: 'model-not-inspected',
    curedBy: 'installation',
    isConsequence: true,
    words: "Model architectures ['KimiK25ForConditionalGeneration'] failed to be inspected.",
    pattern: /Model architectures \[([^\]\n]{1,300})\] failed to be inspected/,
    details: (match, _context, {displayName}) => notInspected(named(match[1]), displayName),
  },
  {
    code: 'unsupported-quantization',
    curedBy: 'installation',
    words: "ValueError: Unknown quantization method: modelopt_mixed. Must be one of ['awq', 'fp8']",
    pattern: /(?:Unknown|Invalid) quantization method: '?([\w.-]{1,80}?)'?(?:\. |,|$)/,
    details: (match, _context, {displayName}) => ({
      message: `This version of ${displayName} does not know the quantization ${match[1]}.`,
      remedy: `Install a newer release of ${displayName}, or use a checkpoint in another format.`,
    }),
  },
  {
    // Names of what quantized weights have with them (compressed-tensors, GPTQ, AWQ, bitsandbytes, ModelOpt).
    code: 'unsupported-checkpoint',
    curedBy: 'installation',
    words: "KeyError: 'layers.0.mlp.down_proj.weight_scale'",
    pattern:
      /(?:KeyError: |parameter named )'((?:\w{1,60}\.){1,16}(?:w\d{1,2}_)?(?:weight_scale\w{0,12}|input_scale|[kvq]_scale|qweight|qzeros|scales|g_idx|weight_packed|weight_shape|weight_zero_point|weight_global_scale|absmax|quant_map|nested_\w{1,20}|SCB|quant_state[\w.]{0,40}))'/,
    details: ([, name], _context, {displayName}) => ({
      message: `The checkpoint is quantized (it has ${name}), and ${displayName} did not prepare this part of the model for that.`,
      remedy: `See quantization_config in its config.json: where it is missing, or leaves this part out (ignore), the file is not the one of these weights. A --quantization in engine.extraArguments must be that of the checkpoint. Otherwise install a newer release of ${displayName}, or use a checkpoint in another format. The files are probably complete.`,
    }),
  },
  {
    code: 'unsupported-checkpoint',
    curedBy: 'installation',
    words: "ValueError: There is no module or parameter named 'model.layers.0.mlp.gate' in DeepseekV3ForCausalLM",
    pattern:
      /There is no (?:module or )?parameter named '([^'\n]{1,200})'|KeyError: '((?:\w{1,40}\.){0,4}(?:layers|blocks)\.\d{1,4}\.[\w.]{1,200})'|Parameter '?(\S{1,200}?)'? not found in (?:the )?model/,
    details: (match, _context, {displayName}) => ({
      message: `The checkpoint has a tensor that this version of ${displayName} does not expect: ${match[1] ?? match[2] ?? match[3]}.`,
      remedy: `Install a newer release of ${displayName}, or use a checkpoint in a format that it supports. The files are probably complete.`,
    }),
  },
  {
    code: 'unsupported-checkpoint',
    curedBy: 'model',
    words:
      "ValueError: Following weights were not initialized from checkpoint: {'model.layers.19.self_attn.k_norm.weight'}",
    pattern: /ValueError: Following weights were not initialized from checkpoint: \{?'([^'\n]{1,200})'/,
    details: (match, _context, {displayName}) => ({
      message: `The checkpoint has no ${match[1]}, which the model needs.`,
      remedy: `Compare the number of files with model.safetensors.index.json first: one may be missing, or of another download. If all are there, the format of the checkpoint is not one that this version of ${displayName} reads: use a newer release, or the checkpoint of the model's authors.`,
    }),
  },
  {
    code: 'unsupported-checkpoint',
    curedBy: 'installation',
    words:
      'AssertionError: Attempted to load weight (torch.Size([7168, 2112])) into parameter (torch.Size([7168, 1056]))',
    pattern:
      /Attempted to load weight \(torch\.Size\((\[[\d, ]{1,60}\])\)\) into parameter \(torch\.Size\((\[[\d, ]{1,60}\])\)\)|size mismatch for ([\w.]{1,200})/,
    details: (match, _context, {displayName}) => ({
      message: `A tensor of the checkpoint has another shape than ${displayName} expects${match[3] === undefined ? `: ${match[1]}, not ${match[2]}` : `: ${match[3]}`}.`,
      remedy: `config.json and the weights are not of the same model or format (a --quantization in engine.extraArguments, another revision, a draft model), or this version of ${displayName} does not read the format: use a newer release. The files are probably complete.`,
    }),
  },
  {
    code: 'draft-mismatch',
    curedBy: 'arguments',
    words:
      'ValueError: Target and draft model should have the same vocabulary size. Target model vocab_size=163840. Draft model vocab_size=151936.',
    pattern:
      /[Tt]arget and draft models? should have the same vocabulary size|draft model vocab (?:type|size|special tokens)? ?must match target/,
    details: () => ({
      message: 'The draft model for speculative decoding has another vocabulary than the model.',
      remedy:
        'Use the draft model that belongs to the model (for Kimi K2 an EAGLE3 or MTP head of the same release), or start without speculative decoding.',
    }),
  },
  {
    code: 'draft-mismatch',
    curedBy: 'installation',
    words: "AttributeError: 'KimiK25ForConditionalGeneration' object has no attribute 'set_embed_and_head'",
    pattern:
      /'(\w{1,100})' object has no attribute '(?:set_embed_and_head|get_embed_and_head|set_eagle3_layers_to_capture|set_embed)'|Model does not support EAGLE-?3 interface/,
    details: ([, model], _context, {displayName}) => ({
      message: `This release of ${displayName} does not support a draft model (EAGLE) with ${model ?? 'this model'}.`,
      remedy: `Start without speculative decoding, or install a newer release of ${displayName}. Neither the draft model nor the files are broken.`,
    }),
  },
  {
    code: 'unknown-parser',
    curedBy: 'arguments',
    words: "ValueError: think_end_token '</think>' must encode to exactly one token for constrained reasoning.",
    pattern:
      /think_(?:end|start)_token '([^'\n]{1,40})' must encode to exactly one token|could not locate think start\/end tokens in the tokenizer/,
    details: (_match, _context, {displayName}) => ({
      message: 'The reasoning parser does not fit the tokenizer of the model: its markers are not tokens there.',
      remedy: `Set the reasoning parser that the page of the model names, or remove it, in engine.extraArguments. If it is that one, use a newer ${displayName}.`,
    }),
  },
  {
    code: 'package-missing',
    curedBy: 'installation',
    whileServing: 'warning',
    words: "ModuleNotFoundError: No module named 'deep_ep'",
    pattern:
      /ModuleNotFoundError: No module named '([\w.]{1,100})'|PackageNotFoundError: No package metadata was found for (\S{1,100})/,
    details: (match, _context, engine) => missingModule(match[1] ?? match[2] ?? '', engine),
  },
  {
    code: 'package-mismatch',
    curedBy: 'installation',
    whileServing: 'warning',
    words:
      "ImportError: cannot import name 'Glm4vConfig' from \u0027transformers\u0027 (/opt/venv/transformers/__init__.py)",
    pattern: /ImportError: cannot import name '(\w{1,100})' from \x27([\w.]{1,100})\x27/,
    details: ([, name, module = ''], _context, {displayName}) => missingName(name ?? '', module, displayName),
  },
];

/** A parser that this release does not have; groups: `tool` or `reasoning`, its name, the names that it has. */
export function unknownParser(match: RegExpExecArray, {displayName, releases}: TorchEngine): FailureDetails {
  const [kind = '', name = '', list] = match.slice(1).filter((group) => group !== undefined);
  const isReasoning = kind.toLowerCase() === 'reasoning';
  const table = isReasoning ? releases.reasoningParsers : releases.toolParsers;
  const message = `This version of ${displayName} has no ${isReasoning ? 'reasoning' : 'tool call'} parser ${name}.`;
  const release = table.get(name);
  if (release !== undefined) {
    return {message, remedy: `${displayName} ${release} or newer has it: upgrade. The name is not misspelled.`};
  }
  const names = choicesIn(list);
  const similar = names.find((candidate) => plain(candidate) === plain(name)) ?? nearestName(name, names);
  if (similar !== undefined) {
    return {message, remedy: `Its name here is ${similar}: correct it in engine.extraArguments.`, curedBy: 'arguments'};
  }
  return {message, remedy: `Install a newer release of ${displayName}, or correct the name in engine.extraArguments.`};
}

/** The same name in another spelling: engines write `deepseek_v31` and `deepseekv31`. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

/** The names in a list of choices, with quotation marks (before Python 3.14) or without. */
export function choicesIn(list: string | undefined): readonly string[] {
  return (list ?? '')
    .split(',')
    .map((name) => name.replaceAll(/[^\w.+-]/g, ''))
    .filter((name) => name !== '');
}

function named(list: string | undefined): string {
  return (list ?? '').replaceAll(/['"]/g, '');
}

function unsupportedModel(names: string, {displayName, releases}: TorchEngine): FailureDetails {
  const known = names.split(', ').find((name) => releases.architectures.has(name));
  const name = known ?? names;
  const release = releases.architectures.get(name);
  const later = releases.laterModels?.[name];
  return {
    message: `This version of ${displayName} does not support the model's architecture ${name}.`,
    remedy:
      release === undefined
        ? `Install a newer release of ${displayName}. If the newest does not have it, the model needs another engine.`
        : `${displayName} ${release} or newer has it${later === undefined ? '' : ` (${later})`}: upgrade.`,
  };
}

/** The class of an architecture that the engine has could not be imported. */
function notInspected(name: string | undefined, displayName: string): FailureDetails {
  return {
    message: `${displayName} has the architecture ${name}, and could not load its code: the installation is broken.`,
    remedy: `The cause is the import error above this line: a missing package, one of another version, or no C compiler. Reinstall ${displayName} in a clean environment or use its image; a newer release is not needed.`,
  };
}

/** A part of a package that is installed means another version of it. */
function missingModule(module: string, {displayName, ownSettings: {extras}}: TorchEngine): FailureDetails {
  const [pack = module, ...parts] = module.split('.');
  if (parts.length === 0 || pack === 'google') {
    const extra = extras.get(pack);
    return {
      message: `The Python package ${pack} is not installed where ${displayName} runs.`,
      remedy: builtFromSource.has(pack)
        ? `It is compiled for the GPUs of the host: use the published image of ${displayName} that has it, or its script for these kernels; a package of that name from the index may be another one.`
        : `Install it into that environment (pip install ${extra === undefined ? pipNameOf(pack) : `'${displayName.toLowerCase()}[${extra}]'`}), or use the published image of ${displayName}.`,
    };
  }
  return {
    message: `The installed package ${pack} has no ${parts.join('.')}: it is another version than ${displayName} expects.`,
    remedy: `Install the version of ${pack} that the requirements of ${displayName} name. The model is not the cause.`,
  };
}

function missingName(name: string, module: string, displayName: string): FailureDetails {
  const pack = module.split('.')[0] ?? module;
  if (pack === displayName.toLowerCase()) {
    return {
      message: `This release of ${displayName} imports ${name} from ${module}, which does not have it: a fault of the release.`,
      remedy: `Start without the option that needs it, or use another release of ${displayName}. Installing the same one again does not help.`,
    };
  }
  return {
    message: `The installed ${pack} does not have ${name}, which ${displayName} needs.`,
    remedy: `Install the version of ${pack} that ${displayName} requires, in a new environment or from its image.`,
  };
}
