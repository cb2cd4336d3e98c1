import type { Application } from '../../config/schema.ts'

/**
 * Why nobody may push, import or remove objects of an application; undefined if they may. A card of a source that was changed
 * here would be shown in its place.
 */
export const whyNotPushed = ({ id, objects }: Application): string | undefined =>
  objects.source === 'store'
    ? undefined
    : `Objects of ${id} come from its source (${objects.source}): change them in the application`
