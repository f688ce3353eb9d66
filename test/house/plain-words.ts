/** Words of file names that need no explanation: plain English, and the common words of computing and of the NHS. */
export const plainWords: readonly string[] = `
  about accepted access act active administered admission after again agreement alone also answer app arguments as assemble
  assertion assets at attempts audit auditor authenticate authorisation authorities away backend background bad banner base
  batch belonging bindings birth blocks bodies bounded build built bulk bytes call callback caller cases catalogue chain changes
  chart check checksum choose clean clear cli client close cluster columns command common compact compare
  compile complete composite confidentiality config configuration conflict connect connection connections consistency contained content
  cookies core costly course create crowded csv current cut database datatypes date death deliver demo
  dependencies digest disclosed disk dispatch doubts download drop earlier edit elements embedded error escape every
  everything examine excused exit expected export express facts failure fault fetch fhir fhirpath file find
  fingerprint finish first fit fitting flame flight focus folder follow for foreign form format forward found frame
  fresh front full gather gently graph handle handlers harm hash head health heap help hidden hints how html http
  identity impersonal in inbox include index indexable ingest input inside invariant is json judge jwk jwt keep
  kept kinds known large later left limit line link listener listening lists literal load locally log logger logical london long look
  main make malformed many marks may meant measurement memory merkle metadata middleware migrate migration missing
  mode modified modifier moments most move nearby nearest needed new newer no node nowhere once open openapi
  openid operator organisation origins other ours out outside own owner owners oxygen pace package pad page parse partitions
  past path pdf people pieces place plain platform position post postgres practice prefix present primary primitive print
  process profile progress proof property proven provider query queue r4 random raw read reading refer refuse register
  registration reindex remark removed render rendering replaced replay replication requests respond restated restricted retention
  retracted
  right root round route row run safe same scan schema scope score searchset secrets seen segment send sent
  serve session sessions settings shape shared sign signer signing since site slice smart snomed socket sorted soundex space
  span sparing sparingly spec sql stacked start state stays steps stopping store stream style submit submitting subset
  suggest summarise supervise sweep table tag take tally tar telecom the throttle through tls token too tools
  total trends trip turn type ucum uk ukcore unknown unread unsealed upload utf8 validation validator verified verify
  versions view visible visit wait walk wanted warn watch way what while whole with withdraw withdrawals within
  without words work write written xml
`
  .split(/\s+/)
  .filter((word) => word !== '');
