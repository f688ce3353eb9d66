/** The order (OBR) that the document of a result belongs to: the last one before its OBX. */
import { isWrong } from '../content';
import type { Message, Segment } from '../message';

export function orderOf(message: Message): Segment | undefined {
  const documents = message.all('OBX').filter((obx) => obx.text(2) === 'ED');
  const document = documents.find((obx) => !isWrong(obx)) ?? documents[0];
  const before = document ? message.segments.slice(0, message.segments.indexOf(document)) : [];
  return before.findLast(({ name }) => name === 'OBR') ?? message.first('OBR');
}
