import type { Application, StateRules } from '../../config/schema.ts'
import type { ObjectInfo } from '../../tracker-contract/object-info.ts'
import { createPeople } from './people.ts'
import { readyMade } from './ready-made/ready-made-mappings.ts'

type StateRule = StateRules[string]

/**
 * Returns what applies an application's rules to a card: state rules (name, description, resolution, icon of a status) and
 * people (from a login in the application to a person in Tracker). A state rule always sets the name of the status; its other
 * fields are for objects that have none of their own. Reads `people.file`; throws Error if it cannot be read.
 */
export function createCardRules({ path, objects }: Application, publicUrl: string): (info: ObjectInfo) => ObjectInfo {
  const states = stateRules(objects)
  const hasIcons = Object.values(states).some(({ icon }) => icon !== undefined)
  const withPerson = createPeople(objects)

  const withState = (info: ObjectInfo): ObjectInfo => {
    if (!info.status) return info
    const { name, description, resolution, icon } = stateRuleFor(states, info.status.name) ?? noRule
    const iconName = icon ?? (hasIcons ? 'unknown' : undefined)
    const more = info.status.description ?? description
    return {
      ...info,
      status: { name: name ?? info.status.name, ...(more !== undefined && { description: more }) },
      ...(info.resolution === undefined && resolution !== undefined && { resolution: { name: resolution } }),
      ...(info.iconUrl === undefined && iconName && { iconUrl: `${publicUrl}/${path}/icons/${iconName}.svg` }),
    }
  }
  return info => withPerson(withState(info))
}

const noRule: StateRule = {}

/** The state rules of an application, including those of the ready-made mapping that it uses. */
export function stateRules(objects: Application['objects']): StateRules {
  const use = 'mapping' in objects ? objects.mapping?.use : undefined
  return { ...(use && readyMade[use].states), ...objects.states }
}

/** The rule for a status: its own, else that of `*`. */
export const stateRuleFor = (states: StateRules, status: string): StateRule | undefined =>
  Object.hasOwn(states, status) ? states[status] : states['*']
