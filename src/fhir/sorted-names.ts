/**
 * The names of an object's members in the order in which `sort` puts texts. An object of FHIR has a few members only:
 * they are put in order where they are, while `sort` makes three lists for each object.
 */
export function sortedNames(value: object): string[] {
  const names = Object.keys(value);
  if (names.length > FEW) return names.sort();
  for (let index = 1; index < names.length; index += 1) {
    const name = names[index]!;
    let place = index;
    for (; place > 0 && names[place - 1]! > name; place -= 1) names[place] = names[place - 1]!;
    names[place] = name;
  }
  return names;
}

const FEW = 16;
