import {cacheOf} from './setup/cache-places.ts';
import type {TorchFailure} from './torch-engine.ts';

/** Hub and disk failures, as the Hugging Face and Python libraries report them. In order of precedence. */
export const storageFailures: readonly TorchFailure[] = [
  {
    code: 'model-gated',
    curedBy: 'model',
    whileServing: 'warning',
    isPrecise: true,
    words: 'Cannot access gated repo for url https://huggingface.co/org/model/resolve/main/config.json.',
    pattern:
      /Cannot access gated repo for url https?:\/\/[^/\s]{1,100}\/(?:api\/models\/)?([\w.-]{1,100}\/[\w.-]{1,100})|Access to model (\S{1,200}) is restricted/,
    details: (match) => ({
      message: `The model ${match[1] ?? match[2]} is gated or private, and this host has no access to it.`,
      remedy: 'Accept its license on the hub and set HF_TOKEN, in the container too.',
    }),
  },
  {
    code: 'model-gated',
    curedBy: 'model',
    whileServing: 'warning',
    words: 'OSError: You are trying to access a gated repo.',
    pattern: /Cannot access gated repo|trying to access a gated repo|\b401 Client Error|\b403 Client Error/,
    details: () => ({
      message: 'The model is gated or private, and this host has no access to it.',
      remedy: 'Accept its license on the hub and set HF_TOKEN, in the container too.',
    }),
  },
  {
    code: 'hub-rate-limited',
    curedBy: 'network',
    whileServing: 'warning',
    words: '429 Client Error: Too Many Requests for url: https://huggingface.co/api/models/org/model',
    pattern: /\b429 Client Error/,
    details: () => ({
      message: 'The hub refuses requests from this address: there were too many.',
      remedy: 'Set HF_TOKEN, or copy the model to this host and set engine.model to its directory.',
    }),
  },
  {
    code: 'model-missing',
    curedBy: 'model',
    words: 'OSError: /models/kimi is not a local folder and is not a valid model identifier',
    pattern:
      /(?<=(\S+) )is not a local folder and is not a valid model identifier|Repository Not Found for url: \w+:\/\/[^/\s]+\/(?:api\/models\/)?([\w.-]+\/[\w.-]*\w)/,
    details: (match) => ({
      message: `There is no model at ${match[1] ?? match[2] ?? 'the given place'}.`,
      remedy: 'Check the name or directory, and whether the download is complete.',
    }),
  },
  {
    code: 'model-missing',
    curedBy: 'model',
    words:
      "HFValidationError: Repo id must be in the form 'repo_name' or 'namespace/repo_name': '/models/kimi'. Use repo_type argument if needed.",
    pattern: /Repo id must (?:be in the form|use alphanumeric)[^\n]{0,120}: '([^'\n]{1,400})'/,
    details: ([, path]) => ({
      message: `There is no directory ${path} where the engine runs, so it is read as the name of a repository.`,
      remedy:
        'Correct engine.model. In a container, the directory has to be mounted, and its path within the container counts; a mount that is not there is an empty directory.',
    }),
  },
  {
    // FUSE and some network file systems; before a broken file, whose words wrap this reason.
    code: 'mmap-unsupported',
    curedBy: 'host',
    words: 'SafetensorError: Error while opening file: No such device (os error 19)',
    pattern: /No such device \(os error 19\)|\[Errno 19\] No such device/,
    details: () => ({
      message: 'The file system of the model does not let files be mapped into memory (mmap), which loading needs.',
      remedy:
        'Copy the model to a local disk, or mount it with another driver: buckets and some shared folders (FUSE, virtiofs) do not support it. The files are not broken: do not download them again.',
    }),
  },
  {
    code: 'host-memory',
    curedBy: 'host',
    words:
      'RuntimeError: unable to mmap 23802932552 bytes from file </models/x.safetensors>: Cannot allocate memory (12)',
    pattern: /unable to mmap (\d+) bytes from file <([^>\n]{1,300})>: Cannot allocate memory/,
    details: ([, , file]) => ({
      message: `The file ${file} could not be mapped: the limit of address space or of committed memory is reached. It is not GPU memory.`,
      remedy:
        'Set ulimit -v unlimited, and vm.overcommit_memory to 0 or 1; for many mappings, raise vm.max_map_count. In a container, raise its memory limit. The file is not broken.',
    }),
  },
  {
    code: 'model-shard-missing',
    curedBy: 'model',
    words: "FileNotFoundError: No such file or directory: '/models/kimi/model-00012-of-00064.safetensors'",
    pattern:
      /No such file or directory: ['"]([^'"\n]{1,400}\.(?:safetensors|bin|pt|gguf|safetensors\.index\.json))['"]|does not appear to have (?:a file|files) named (\S{1,300}\.(?:safetensors|bin))|unable to open file <([^>\n]{1,300})> in read-only mode: No such file/,
    details: (match) => ({
      message: `A file of the model is missing: ${match[1] ?? match[2] ?? match[3]}.`,
      remedy: 'Download this file again; the others need not be downloaded again.',
    }),
  },
  {
    code: 'model-missing',
    curedBy: 'model',
    words: 'OSError: Error no file named model.safetensors, or pytorch_model.bin, found in directory /models/kimi.',
    pattern: /Error no file named [^\n]{1,300}? found in directory (\S{1,300}?)\.?(?:\s|$)/,
    details: ([, directory]) => ({
      message: `There are no weights in ${directory}.`,
      remedy:
        'Check that the download is complete and that engine.model is the directory in which the weights lie; in a container, that it is mounted.',
    }),
  },
  {
    code: 'model-shard-broken',
    curedBy: 'model',
    words: 'SafetensorError: Error while deserializing header: MetadataIncompleteBuffer',
    pattern:
      /Error while deserializing header: ?([^\n]{0,120})|SafetensorError: ([^\n]{1,120})|(failed finding central directory)/,
    details: (match) => ({
      message: `A file of the weights is truncated or broken (${reasonOf(match)}); the log does not name it.`,
      remedy:
        'Compare the sizes and checksums of the files with the repository, and download only the broken one again. A file of a few hundred bytes is a Git LFS pointer: run git lfs pull.',
    }),
  },
  {
    code: 'model-shard-broken',
    curedBy: 'model',
    words:
      'OSError: Consistency check failed: file should be of size 4973951968 but has size 1342177280 (model-00012-of-00064.safetensors).',
    pattern:
      /Consistency check failed: file should be of size (\d+) but has size (\d+)(?: \((?:from )?([^)\n]{1,300})\))?/,
    details: (match) => ({
      message: `${match[3] ?? 'A file of the model'} has ${match[2]} of ${match[1]} bytes: its download was interrupted.`,
      remedy: 'Delete it and start again, which downloads this file only.',
    }),
  },
  {
    code: 'hub-unreachable',
    curedBy: 'network',
    whileServing: 'warning',
    words: "OSError: We couldn't connect to 'https://huggingface.co' to load the files",
    pattern:
      /We couldn't connect to '([^']+)' to load|Cannot reach (\S+): offline mode is enabled|LocalEntryNotFoundError|Max retries exceeded with url: \/api\/models|exceptions\.(?:ReadTimeout|ConnectTimeout|ConnectionError): [^\n]{0,80}host='(?:huggingface\.co|hf-mirror\.com|cdn-lfs[\w.-]{0,40}\.hf\.co)'/,
    details: (match) => ({
      message: `The model is incomplete on this disk, and ${match[1] ?? match[2] ?? 'the hub'} cannot be reached.`,
      remedy: 'Copy the model to this host and set engine.model to its directory, or allow access to the hub.',
    }),
  },
  {
    code: 'disk-quota',
    curedBy: 'host',
    words: "OSError: [Errno 122] Disk quota exceeded: '/home/op/.cache/huggingface'",
    pattern: /\[Errno 122\] Disk quota exceeded(?:: '([^'\n]{1,400})')?|\bDisk quota exceeded \(os error 122\)/,
    details: (match, _context, engine) => ({
      message: `Your quota${placeOf(match[1])} is used up; the disk itself may have space.`,
      remedy: `Delete files of yours there, ask for more, or move ${cacheOf(match[1], engine)}.`,
    }),
  },
  {
    code: 'disk-full',
    curedBy: 'host',
    words: "OSError: [Errno 28] No space left on device: '/root/.cache/huggingface'",
    pattern:
      /\[Errno 28\] No space left on device(?:: '(?!\/dev\/shm)([^'\n]{1,400})')?(?!: '\/dev\/shm)|No space left on device \(os error 28\)|PytorchStreamWriter failed writing file/,
    details: (match, _context, engine) => ({
      message: match[1] === undefined ? 'The disk is full.' : `The disk of ${match[1]} is full.`,
      remedy: `Free some space (df -h, and df -i for the number of files), or move ${cacheOf(match[1], engine)}.`,
    }),
  },
  {
    // A warning; the download continues until it fails. Only this line has the sizes.
    code: 'disk-full',
    curedBy: 'host',
    words:
      'The expected file size is: 4973.95 MB. The target location /root/.cache only has 812.40 MB free disk space.',
    pattern: /The expected file size is: ([\d.]+) MB\. The target location (\S+) only has ([\d.]+) MB free/,
    details: (match) => ({
      message: `The download needs ${match[1]} MB at ${match[2]}, and ${match[3]} MB are free.`,
      remedy: 'Free some space, or move the download with HF_HOME.',
    }),
  },
  {
    code: 'disk-error',
    curedBy: 'host',
    words: "OSError: [Errno 5] Input/output error: '/models/kimi/model-00003-of-00064.safetensors'",
    pattern:
      /\[Errno (?:5|116)\] (Input\/output error|Stale file handle)(?:: '([^'\n]{1,400})')?|\[Errno (?:107|110|112)\] (Transport endpoint is not connected|Connection timed out|Host is down): '(\/[^'\n]{1,400})'/,
    details: (match) => ({
      message: `Reading ${match[2] ?? match[4] ?? 'a file'} failed: ${(match[1] ?? match[3])?.toLowerCase()}.`,
      remedy: 'Check the disk in dmesg -T, or the mount if it is on a network.',
    }),
  },
  {
    code: 'no-permission',
    curedBy: 'host',
    words: "PermissionError: [Errno 13] Permission denied: '/models/kimi'",
    pattern: /\[Errno (?:13|30)\] (Permission denied|Read-only file system)(?:: '([^'\n]{1,400})')?/,
    details: (match, _context, engine) => ({
      message: `${match[2] ?? 'A file'} cannot be used: ${match[1]?.toLowerCase()}.`,
      remedy: `Give the engine's user access, or move ${cacheOf(match[2], engine)}.`,
    }),
  },
  {
    code: 'trust-remote-code',
    curedBy: 'arguments',
    words: 'Please pass the argument `trust_remote_code=True` to allow custom code to be run.',
    pattern: /consider setting `trust_remote_code=True`|(?:pass the argument|set the option) `trust_remote_code=True`/,
    details: () => ({
      message: 'The model includes its own code, which must be allowed.',
      remedy: 'Add --trust-remote-code to engine.extraArguments.',
    }),
  },
];

function reasonOf(match: RegExpExecArray): string {
  const reason = (match[1] ?? match[2] ?? match[3] ?? '').trim().replace(/\.$/, '');
  return reason === '' ? 'its header cannot be read' : reason;
}

function placeOf(path: string | undefined): string {
  return path === undefined ? '' : ` at ${path}`;
}
