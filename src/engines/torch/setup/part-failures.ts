import type {FailureDetails} from '../../log/failure-catalog.ts';
import type {TorchEngine, TorchFailure} from '../torch-engine.ts';

/** Parts that a start asks for and does not find, or that do not go together: drafts, kernels, offloading, KV transfer. In order of precedence. */
export const partFailures: readonly TorchFailure[] = [
  {
    code: 'no-draft-weights',
    curedBy: 'model',
    words: 'ValueError: MTP speculative decoding layer 61 weights missing from checkpoint.',
    pattern:
      /\b(MTP|NextN|nextn|EAGLE\d?|Eagle\d?|Medusa|draft|[A-Z]\w{1,20} draft)\b[^\n]{0,80}\bweights? (?:are |is |were )?(?:missing (?:from|in)|not found in) (?:the )?checkpoint|has no attribute '(?:num_nextn_predict_layers|num_mtp_layers)'|KeyError: '(?:num_nextn_predict_layers|num_mtp_layers)'/,
    details: ([, name = 'MTP']) => ({
      message: `The checkpoint does not have the layers for speculative decoding (${name}): quantized copies often leave them out.`,
      remedy:
        'Start without speculative decoding (remove its options from engine.extraArguments), or use a checkpoint that has these layers. The other files are not broken: nothing has to be downloaded again for a start without it.',
    }),
  },
  {
    code: 'offload-unsupported',
    curedBy: 'arguments',
    words: "ValueError: functional_call got multiple values for keys ['a.bias', 'b.bias'], which are tied.",
    pattern:
      /functional_call got multiple values for keys|Cannot re-initialize the input batch when CPU weight offloading is enabled/,
    details: (_match, _context, {displayName}) => ({
      message: 'Weights cannot be offloaded to host memory with this model and these settings.',
      remedy: `Remove --cpu-offload-gb from engine.extraArguments: use more GPUs, a smaller format or a shorter context instead. A newer release of ${displayName} may support it.`,
    }),
  },
  {
    code: 'offload-unsupported',
    curedBy: 'arguments',
    words:
      'RuntimeError: Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu!',
    pattern: /Expected all tensors to be on the same device, but [^\n]{0,80}\bcpu\b/,
    details: (_match, _context, {displayName}) => ({
      message: 'A part of the weights is in host memory, and a kernel needs it on the GPU.',
      remedy: `If weights are offloaded (--cpu-offload-gb), remove that option: this model does not work with it. Otherwise it is a fault of this release of ${displayName}: use another one.`,
    }),
  },
  {
    // A module whose import failed is replaced by the exception, which has none of its names.
    code: 'package-missing',
    curedBy: 'installation',
    words: "AttributeError: 'ImportError' object has no attribute 'fp8_gemm_nt'",
    pattern: /'(?:ImportError|ModuleNotFoundError|OSError)' object has no attribute '(\w{1,100})'/,
    details: ([, name = ''], _context, engine) => failedImport(name, engine),
  },
  {
    code: 'package-missing',
    curedBy: 'installation',
    words: 'ImportError: DeepEP is not installed. Please install DeepEP package from https://github.com/org/DeepEP.',
    pattern:
      /(?:ImportError|ModuleNotFoundError): (?:The )?[`'"]?([A-Za-z][\w.-]{1,40}(?: [A-Z][\w.-]{0,30}){0,2})[`'"]?(?: package| kernels?)? (?:is|are) not (?:installed|available|found)\b|(?:ImportError|ModuleNotFoundError): Please install (?:the )?[`'"]?([A-Za-z][\w.-]{1,40})[`'"]?(?: package)? (?:by following|from|as)\b/,
    details: ([, missing, wanted], _context, engine) => notInstalled(missing ?? wanted ?? '', engine),
  },
  {
    // Of a transfer engine; PyTorch only warns in similar words.
    code: 'address-family',
    curedBy: 'host',
    words: 'RuntimeError: open: Address family not supported by protocol',
    pattern: /(?:RuntimeError|what\(\)): +(?:open|bind|socket): Address family not supported by protocol/,
    details: () => ({
      message: 'A socket of the KV transfer could not be opened: this host, or container, has no IPv6.',
      remedy:
        'Switch IPv6 on (sysctl net.ipv6.conf.all.disable_ipv6=0, and no ipv6.disable=1 on the kernel command line; a container needs it of its own network), or transfer by RDMA instead of TCP (unset MC_FORCE_TCP).',
    }),
  },
  {
    code: 'address-unusable',
    curedBy: 'network',
    words: 'transfer_metadata_plugin.cpp:543] SocketHandShakePlugin: bind (port 340): Permission denied [13]',
    pattern: /SocketHandShakePlugin: (?:bind|listen) ?(?:\(port (\d{1,5})\))?: ([A-Z][\w ]{3,60}?) \[\d{1,3}\]/,
    details: ([, port, reason]) => ({
      message: `The KV transfer could not open its port${port === undefined ? '' : ` ${port}`}: ${reason?.toLowerCase()}.`,
      remedy:
        'A port below 1024, or one that nobody set, is a part of an IPv6 address that was cut at a colon: give this host by an IPv4 address. If it is in use, end what holds it.',
    }),
  },
  {
    code: 'address-unusable',
    curedBy: 'network',
    words: 'SocketHandShakePlugin: failed to get IP address of peer server node7:16051, check DNS and /etc/hosts',
    pattern: /SocketHandShakePlugin: failed to get IP address of peer server (\S{1,120}?),/,
    details: ([, peer]) => ({
      message: `The KV transfer cannot resolve the address of the other server: ${peer}.`,
      remedy:
        'Start both servers with addresses that the other one reaches, as IPv4 addresses and not as names or IPv6 addresses; in containers, with those of the hosts.',
    }),
  },
  {
    code: 'kv-transfer-failed',
    curedBy: 'host',
    isConsequence: true,
    words: 'Mooncake Transfer Engine initialization failed.',
    pattern: /(?:Mooncake )?Transfer Engine initialization failed/i,
    details: () => ({
      message: 'The KV transfer between the prefill and the decode servers was not set up.',
      remedy: 'The line above it that begins with E says why: the network cards, an address, or a port.',
    }),
  },
];

/** Names of kernels by which a module is known that could not be imported. */
const ofDeepGemm = /gemm|num_sms|tma_aligned|mqa_logits|ue8m0|k_grouped|m_grouped/i;

function failedImport(name: string, {displayName, ownSettings: {withoutDeepGemm}}: TorchEngine): FailureDetails {
  if (ofDeepGemm.test(name)) {
    return {
      message:
        'DeepGEMM is installed and could not be imported: it does not support these GPUs, or was built for another PyTorch.',
      remedy: `${withoutDeepGemm === null ? 'Start without DeepGEMM' : `Set ${withoutDeepGemm}`}, so that other kernels compute FP8, or use the published image of ${displayName}. It is for Hopper and for Blackwell of data centers.`,
    };
  }
  return {
    message: `An optional package could not be imported, and its ${name} was used nevertheless.`,
    remedy: `A warning near the beginning of the log names the package and why. Install the version that ${displayName} requires, use its published image, or remove the option that needs the package.`,
  };
}

function notInstalled(name: string, {displayName, ownSettings: {otherExchange}}: TorchEngine): FailureDetails {
  const other = /deep_?ep\b/i.test(name) && otherExchange !== null ? otherExchange : 'remove the option that needs it';
  return {
    message: `The package ${name} is not installed where ${displayName} runs, and the settings ask for it.`,
    remedy: `Install it there (the line says from where) or use the published image of ${displayName}; otherwise ${other}. What follows from it in other processes is no cause.`,
  };
}
