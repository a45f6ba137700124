import type {TorchFailure} from '../torch-engine.ts';

/** Libraries that move KV caches between servers and stores (Mooncake, NIXL, UCX). In order of precedence. */
export const transferFailures: readonly TorchFailure[] = [
  {
    code: 'rdma-missing',
    curedBy: 'host',
    words: 'rdma_transport.cpp:65] RdmaTransport: cannot initialize RDMA resources',
    pattern:
      /ibv_get_device_list failed|RdmaTransport: (?:cannot initialize RDMA resources|No available RNIC)|Failed to open device (\S{1,60}) on port/,
    details: ([, device]) => ({
      message: `The library that transfers KV caches cannot use ${device === undefined ? 'a network card with RDMA' : `the network card ${device}`} here.`,
      remedy:
        'Run ibv_devinfo where the engine runs: a container needs /dev/infiniband (--device, or --privileged) and the libraries of the card. Correct the name of the device in the settings of the transfer, or transfer over TCP. GPU memory is not the cause.',
    }),
  },
  {
    code: 'transfer-failed',
    curedBy: 'network',
    words: 'nixl._bindings.nixlBackendError: NIXL_ERR_BACKEND',
    pattern:
      /nixl\w{0,20}(?:BackendError|RemoteDisconnectError|NotAllowedError): (NIXL_ERR_\w{1,40})|\b(NIXL_ERR_(?:BACKEND|REMOTE_DISCONNECT))\b/,
    details: (match) => ({
      message: `NIXL could not transfer KV caches (${match[1] ?? match[2]}).`,
      remedy:
        'The reason is in the lines of UCX before it; UCX_LOG_LEVEL=info shows more. Prefill and decode servers need the same versions of NIXL and UCX, network cards that reach each other (UCX_NET_DEVICES), and UCX with CUDA (ucx_info -d lists cuda). GPU memory is not the cause.',
    }),
  },
  {
    code: 'transfer-failed',
    curedBy: 'network',
    words: 'transfer_task.cpp:305] Failed to complete transfers after 60 seconds for batch 2586731328',
    pattern:
      /Failed to complete transfers after (\d+) seconds|Worker: Process failed for slice|Failed to submit all transfers/,
    details: ([, seconds]) => ({
      message: `Mooncake did not transfer KV caches${seconds === undefined ? '' : ` within ${seconds} seconds`}.`,
      remedy:
        'Look at the other server first: one that ended is the cause. Otherwise the network cards do not reach each other: test with ib_write_bw, name the cards for the transfer, and on Ethernet (RoCE) set MC_GID_INDEX. GPU memory is not the cause.',
    }),
  },
  {
    // Texts of ucs_status_string that tell of the other side or of the way to it.
    code: 'transfer-failed',
    curedBy: 'network',
    words: 'tcp_ep.c:1260 UCX  ERROR tcp_ep 0x55 (state=CONNECTED): send(110) failed: Input/output error',
    pattern:
      /\bUCX {1,4}ERROR [^\n]{0,300}?(Input\/output error|Endpoint timeout|Connection reset by remote peer|Connection refused|Destination is unreachable|Endpoint is not connected|Connection timed out)|Unexpected UCX error: (Endpoint timeout|[A-Z][^\n]{3,80})/,
    details: ([, first, second]) => ({
      message: `The connection for the transfer of KV caches (UCX, which NIXL uses) broke: ${(first ?? second)?.trim().toLowerCase()}.`,
      remedy:
        'Look at the other server first: one that ended is the cause. Otherwise both must reach each other on the network cards that UCX chose: name these with UCX_NET_DEVICES on both sides, open the ports between them, and set UCX_LOG_LEVEL=info to see which are used. GPU memory is not the cause.',
    }),
  },
  {
    code: 'transfer-failed',
    curedBy: 'network',
    words: 'ib_mlx5dv_md.c:1031 UCX  ERROR mlx5_0: LRU push returned Unsupported operation',
    pattern: /\bUCX {1,4}(?:ERROR|FATAL) {1,4}([^\n]{3,200})/,
    details: ([, reason]) => ({
      message: `UCX, by which NIXL transfers KV caches, reports an error: ${reason?.trim().replace(/\.$/, '')}.`,
      remedy:
        'Check with ucx_info -d what it can use where the engine runs, and choose the cards with UCX_NET_DEVICES; a container needs /dev/infiniband, and libraries that fit the driver of the host. GPU memory is not the cause.',
    }),
  },
  {
    code: 'transfer-without-cuda',
    curedBy: 'installation',
    severity: 'warning',
    isLasting: true,
    words: "UCX  WARN  transports 'cuda_ipc','cuda_copy' are not available, please use one or more of: mm, self, tcp",
    pattern: /\bUCX {1,4}WARN {1,4}transports? '(?:cuda|rocm)\w{0,12}'/,
    details: () => ({
      message: 'UCX cannot reach GPU memory here: it was built without CUDA, or finds no CUDA libraries.',
      remedy:
        'KV caches cannot be transferred from GPU to GPU then: use the UCX that NIXL brings (no other one in LD_LIBRARY_PATH), or an image that has it with CUDA; ucx_info -d must list cuda.',
    }),
  },
  {
    // Its HTTP service, by curl; an address that it does not know is a server that did not register.
    code: 'store-unreachable',
    curedBy: 'network',
    words:
      'transfer_metadata_plugin.cpp:224] Error from http client, GET http://10.0.0.2:8080/metadata?key=mooncake%2Fram error: Couldn\u0027t connect to server',
    pattern:
      /\b(?:Error from http client, )?(?:GET|PUT|DELETE) (https?:\/\/[^\s?]{1,200})\S{0,400} (?:error|curl): ([^\n]{1,120})/,
    details: ([, place, reason]) => ({
      message: `The service that keeps the addresses for the transfer of KV caches is not reached at ${place}: ${reason?.replace(/ err: .{0,120}$/, '').trim()}.`,
      remedy:
        'Start the HTTP metadata server of Mooncake there before the engines, and check with curl from this host that it answers: a proxy (http_proxy, no_proxy), a firewall, or another network card may be in between. What is not found or not transferred afterwards follows from it.',
    }),
  },
  {
    // glog of the libraries below Mooncake.
    code: 'transfer-unreachable',
    curedBy: 'network',
    words: 'tcp_transport.cpp:389] Failed to connect to target: 10.0.0.9:15863, status: 103900',
    pattern:
      /\b\w{0,40}trans(?:port|fer)\w{0,20}\.(?:cpp|h|cc):\d{1,6}\] (?:\w{1,40}: )?Failed to (?:connect to|open) (?:the )?(?:target|segment|remote|peer|endpoint)\w{0,10}:? ?([\w.:[\]-]{1,120}?)[,.]?(?:\s|$)/,
    details: ([, place]) => ({
      message: `The library that transfers KV caches cannot connect to ${place}, where the other server should be.`,
      remedy:
        'Does that server run, and has it been restarted since (its ports change)? Otherwise the two do not reach each other: check the address that it announces, the ports between hosts or pods, and the network cards that are named for the transfer. GPU memory is not the cause.',
    }),
  },
  {
    code: 'store-unreachable',
    curedBy: 'network',
    words:
      'EtcdStoragePlugin: unable to set mooncake/rpc_meta/10.0.0.2:12345 from 10.0.0.1:2379: connections to all backends failing',
    pattern:
      /(?:Etcd|Redis|HTTP)StoragePlugin: (?:unable to (?:(?:set|get|put|delete|remove) (?:\S{1,200} (?:from|in) (\S{1,100}))?|connect (\S{1,100}))|authentication failed for (\S{1,100}))/,
    details: ([, first, second, refused]) => ({
      message:
        refused === undefined
          ? `The service that keeps the addresses for the transfer of KV caches is not reached${(first ?? second) === undefined ? '' : `: ${(first ?? second)?.replace(/:$/, '')}`}.`
          : `The service that keeps the addresses for the transfer of KV caches refuses the password: ${refused}.`,
      remedy:
        'Start it (etcd, Redis or the HTTP service of Mooncake), and correct its address in the settings of the transfer.',
    }),
  },
];
