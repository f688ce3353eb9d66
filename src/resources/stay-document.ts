/** The document of a virtual ward stay, put together from what each definition says of its place in it. */
import { stayDocumentOf } from '../definitions/stay-document';
import { resources } from '.';

export const stayDocument = stayDocumentOf(
  'Virtual ward stay: supplementary remote monitoring data',
  resources,
);
