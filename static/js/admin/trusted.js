/* Trusted Types in the admin: Django's scripts and the parts of the editor write markup as text, which passes (the page's
   policy keeps handlers and scripts in it from running). No text becomes a script, and no address of one is set. */
window.trustedTypes?.createPolicy("default", { createHTML: (text) => text });
