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
    code: 'store-unreachable',
    curedBy: 'network',
    words:
      'EtcdStoragePlugin: unable to set mooncake/rpc_meta/10.0.0.2:12345 from 10.0.0.1:2379: connections to all backends failing',
    pattern: /(?:Etcd|Redis|HTTP)StoragePlugin: unable to (?:set|get) (?:\S{1,200} from (\S{1,100}))?/,
    details: ([, place]) => ({
      message: `The service that keeps the addresses for the transfer of KV caches is not reached${place === undefined ? '' : `: ${place.replace(/:$/, '')}`}.`,
      remedy:
        'Start it (etcd, Redis or the HTTP service of Mooncake), and correct its address in the settings of the transfer.',
    }),
  },
];
