import {gpuSerial, gpuUuid, pciBusId} from '../node/gpu-catalog.ts';
import type {Card, CardProcess} from './card.ts';

type AppContext = {readonly card: Card; readonly holder: CardProcess; readonly timestamp: string};
type AppField = {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly help: string;
  readonly unit: '' | 'MiB';
  readonly read: (context: AppContext) => string;
};

/** The properties of --query-compute-apps; the first name is shown in the header. */
export const computeAppFields: readonly AppField[] = [
  {name: 'timestamp', aliases: [], help: 'When the query was made.', unit: '', read: ({timestamp}) => timestamp},
  {name: 'gpu_name', aliases: [], help: 'The product name of the GPU.', unit: '', read: ({card}) => card.type.name},
  {name: 'gpu_bus_id', aliases: [], help: 'PCI bus id, in hex.', unit: '', read: ({card}) => pciBusId(card.index)},
  {name: 'gpu_serial', aliases: [], help: 'Number on the board.', unit: '', read: ({card}) => gpuSerial(card.index)},
  {name: 'gpu_uuid', aliases: [], help: 'Identifier of the GPU.', unit: '', read: ({card}) => gpuUuid(card.index)},
  {name: 'pid', aliases: [], help: 'Process ID.', unit: '', read: ({holder}) => String(holder.pid)},
  {name: 'process_name', aliases: ['name'], help: 'Process Name', unit: '', read: ({holder}) => holder.name},
  {
    name: 'used_gpu_memory',
    aliases: ['used_memory'],
    help: 'Memory used on the device by the context.',
    unit: 'MiB',
    read: ({holder}) => String(Math.ceil(holder.usedMib)),
  },
];

/** The property of this name or alias. */
export function findComputeAppField(name: string): AppField | undefined {
  return computeAppFields.find((candidate) => candidate.name === name || candidate.aliases.includes(name));
}

/** One row for each process on each card, in the order of the cards; a lost card shows none. */
export function computeAppRows(
  fields: readonly AppField[],
  moment: {readonly cards: readonly Card[]; readonly timestamp: string},
  withUnits: boolean,
): readonly (readonly string[])[] {
  return moment.cards
    .filter((card) => !card.isLost)
    .flatMap((card) =>
      card.processes.map((holder) =>
        fields.map((appField) => {
          const value = appField.read({card, holder, timestamp: moment.timestamp});
          return appField.unit !== '' && withUnits ? `${value} ${appField.unit}` : value;
        }),
      ),
    );
}
