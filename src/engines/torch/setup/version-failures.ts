import type {TorchFailure} from '../torch-engine.ts';

/** Packages and programs of versions that do not belong together. In order of precedence. */
export const versionFailures: readonly TorchFailure[] = [
  {
    code: 'package-mismatch',
    curedBy: 'installation',
    whileServing: 'warning',
    words:
      'ImportError: tokenizers>=0.21,<0.22 is required for a normal functioning of this module, but found tokenizers==0.20.3.',
    pattern:
      /\b([A-Za-z][\w-]{1,60})([=<>!~][^\s]{1,60}) is required for a normal functioning of this module, but found [\w-]{1,60}==([\w.+]{1,40}?)\.?(?:\s|$)/,
    details: ([, name, wanted, present], _context, {displayName}) => ({
      message: `The installed ${name} ${present} does not belong to the installed Transformers, which need ${name}${wanted}.`,
      remedy: `Install it: pip install '${name}${wanted}'. If another package asks for the other version, use a new environment for ${displayName}, or its image.`,
    }),
  },
  {
    code: 'package-mismatch',
    curedBy: 'installation',
    whileServing: 'warning',
    words: 'A module that was compiled using NumPy 1.x cannot be run in NumPy 2.2.0 as it may crash.',
    // A warning as well, if nothing needs that module.
    harmlessFrom: 'load-weights',
    pattern:
      /compiled using NumPy 1\.x cannot be run in|numpy\.(?:dtype|ufunc) size changed, may indicate binary incompatibility|numpy\.core\.multiarray failed to import/,
    details: (_match, _context, {displayName}) => ({
      message: 'A package was compiled for another version of NumPy than the installed one.',
      remedy: `Install the NumPy that the requirements of ${displayName} name (often 'numpy<2'), or the package that the traceback names again. A new environment avoids it.`,
    }),
  },
  {
    code: 'package-mismatch',
    curedBy: 'installation',
    whileServing: 'warning',
    words: 'RuntimeError: cuDNN error: CUDNN_STATUS_SUBLIBRARY_VERSION_MISMATCH',
    pattern: /CUDNN_STATUS_(?:SUBLIBRARY_)?VERSION_MISMATCH|libcudnn\w{0,40}\.so[\w.]{0,20}: undefined symbol/,
    details: (_match, _context, {displayName}) => ({
      message: 'Parts of two versions of cuDNN are loaded: one of PyTorch, and one of the system.',
      remedy: `Take the directory of the system's cuDNN out of LD_LIBRARY_PATH: PyTorch brings its own. The published image of ${displayName} has one only.`,
    }),
  },
  {
    // Removed, or of a new form, in Transformers 5: an attribute of tokenizers, their class, nested rotary parameters.
    code: 'package-mismatch',
    curedBy: 'installation',
    whileServing: 'warning',
    words: 'AttributeError: Qwen2Tokenizer has no attribute all_special_tokens_extended',
    pattern:
      /AttributeError: (\w{1,80} has no attribute all_special_tokens_extended|TokenizersBackend has no attribute \w{1,80})|\b(rope_scaling should have a 'rope_type' key)/,
    details: ([, attribute, key], _context, {displayName}) => ({
      message:
        attribute === undefined
          ? `The rotary parameters have another form than ${displayName} reads (${key}): the installed Transformers are newer than it, or config.json is older.`
          : `The installed Transformers are of a newer major release than ${displayName}, or the code of the model, is made for: ${attribute}.`,
      remedy: `Install the Transformers that the requirements of ${displayName} name (pip install 'transformers<5' for a release of 2025), in a new environment or from its image; or use a newer ${displayName}.${key === undefined ? ' The files of the model are not the cause.' : ' Otherwise compare rope_scaling in config.json with the repository of the model.'}`,
    }),
  },
  {
    // Code of a model, or of an engine, with the Transformers of another time.
    code: 'package-mismatch',
    curedBy: 'installation',
    whileServing: 'warning',
    words: "AttributeError: 'PreTrainedConfig' object has no attribute 'rope_theta'",
    pattern:
      /AttributeError: '?(\w{0,60}(?:Config|Tokenizer|TokenizerFast|Processor))'?(?: object)? has no attribute '?(\w{1,80})/,
    details: ([, name, attribute], _context, {displayName}) => ({
      message: `${name} has no ${attribute}: the code and the installed Transformers do not belong together, or config.json lacks it.`,
      remedy: `Install the Transformers that the requirements of ${displayName} name; a newer one can lack what older code uses. If they are those, compare config.json with the repository of the model, or use a newer ${displayName}.`,
    }),
  },
  {
    code: 'package-mismatch',
    curedBy: 'installation',
    whileServing: 'warning',
    words: "TypeError: KimiK25Config.__init__() got an unexpected keyword argument 'vision_config'",
    pattern: /TypeError: ([\w.]{1,100}?)(?:\.__init__)?\(\) got an unexpected keyword argument '(\w{1,80})'/,
    details: ([, name, argument], _context, {displayName}) => ({
      message: `${name} does not take ${argument}: two packages are of versions that do not belong together, or an option is for another release.`,
      remedy: `The last frame of the traceback names both. Use the versions that the requirements of ${displayName} name (its image has them), and remove options that came from another release.`,
    }),
  },
  {
    code: 'package-mismatch',
    curedBy: 'installation',
    isConsequence: true,
    words:
      'RuntimeError: Failed to import transformers.models.kimi because of the following error (look up to see its traceback):',
    pattern: /Failed to import ([\w.]{1,100}) because of the following error/,
    details: ([, module]) => ({
      message: `${module} could not be imported.`,
      remedy: 'The line after it has the reason: a package that is missing, or of another version.',
    }),
  },
  {
    code: 'ray-version',
    curedBy: 'installation',
    words: 'RuntimeError: Version mismatch: The cluster was started with: Ray: 2.48.0 Python: 3.12.3',
    pattern: /Version mismatch: The cluster was started with:(?:[^\n]{0,40}Ray: ([\w.]{1,20}))?/,
    details: ([, version]) => ({
      message: `This node has another version of Ray or Python than the node that started the cluster${version === undefined ? '' : ` (Ray ${version})`}.`,
      remedy:
        'Use the same image on all nodes, or the same versions of Ray and Python; both are in the lines that follow. Then start the cluster again (ray stop, ray start).',
    }),
  },
  {
    code: 'script-without-guard',
    curedBy: 'arguments',
    words:
      'RuntimeError: An attempt has been made to start a new process before the current process has finished its bootstrapping phase.',
    pattern:
      /An attempt has been made to start a new process before the\s|current process has finished its bootstrapping phase/,
    details: () => ({
      message: 'The script that starts the engine is run again by each of its processes.',
      remedy:
        "Put what it does below if __name__ == '__main__': in that script, or start the engine by its own command. Neither the model nor the GPUs are the cause.",
    }),
  },
];
