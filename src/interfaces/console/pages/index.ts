/** Every page, in the order of the navigation. A page is added with a folder here and a line in this list. */
import type { ConsoleDependencies } from '../dependencies';
import type { Page } from '../page';
import { checkPages } from './check/check';
import { access, accessCsv, accessStart, findAccess } from './access/access';
import { proof, received, review, submission } from './submission/submission';
import { submissions } from './submissions/submissions';
import { breakGlass } from './break-glass/break-glass';
import { ledger, verifyNow } from './ledger/ledger';
import { retry, roads } from './roads/roads';
import { sender, senderCsv, senderPdfFile, senders, sendersCsv } from './senders/senders';
import { counts, countsCsv } from './counts/counts';
import { callback } from './callback/callback';
import { documentDownload, documentFrame } from './document/document';
import { patientPage } from './patient/patient';
import { patientFound, patientSearch } from './patients/patients';
import { signInForm, signIn } from './sign-in/sign-in';
import { signOut } from './sign-out/sign-out';
import { stayPage } from './stay/stay';
import { start } from './start/start';

export const pages = (dependencies: Pick<ConsoleDependencies, 'mode' | 'maxBodyBytes'>): readonly Page[] => [
  start,
  patientSearch,
  patientFound,
  patientPage,
  breakGlass,
  stayPage,
  documentFrame,
  documentDownload,
  signInForm,
  signIn,
  callback,
  signOut,
  submissions,
  submission,
  review,
  received,
  proof,
  counts,
  countsCsv,
  accessStart,
  findAccess,
  access,
  accessCsv,
  roads,
  retry,
  senders,
  sendersCsv,
  sender,
  senderCsv,
  senderPdfFile,
  ledger,
  verifyNow,
  ...checkPages(dependencies),
];
