/**
 * What this phone keeps over a reload. A browser may refuse to keep anything: then the caller is told, and says so.
 * @param {string} site
 */
export function createKept(site) {
  /** @param {string} name */
  const at = (name) => `tolbooth.desk.${site}.${name}`
  return {
    /**
     * @param {string} name
     * @returns {string | null}
     */
    read(name) {
      try {
        return localStorage.getItem(at(name))
      } catch {
        return null
      }
    },
    /**
     * Whether it is kept: read again after writing.
     * @param {string} name
     * @param {string} text
     */
    write(name, text) {
      try {
        localStorage.setItem(at(name), text)
        return localStorage.getItem(at(name)) === text
      } catch {
        return false
      }
    },
    /** @param {string} name */
    forget(name) {
      try {
        localStorage.removeItem(at(name))
      } catch {
        // There is nothing there, then.
      }
    },
  }
}

/** @typedef {ReturnType<typeof createKept>} Kept */
