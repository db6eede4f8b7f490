// SPDX-License-Identifier: MIT
// A SCIM 2.0 server of others (scimmy, scimmy-routers, express), with a store in memory.
// scim.mjs PORT-FILE TOKEN; run it where the packages are.
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";
import { renameSync, writeFileSync } from "node:fs";

const [portFile, token] = process.argv.slice(2);
const stores = { User: new Map(), Group: new Map() };
let last = 0;

for (const Resource of [SCIMMY.Resources.User, SCIMMY.Resources.Group]) {
    const store = stores[Resource.name];
    const missing = (id) => new SCIMMY.Types.Error(404, null, `Resource ${id} not found`);
    SCIMMY.Resources.declare(Resource)
        .ingress(async (resource, data) => {
            const id = resource.id ?? String(++last);
            if (resource.id && !store.has(id)) throw missing(id);
            if (Resource.name === "User" &&
                [...store.values()].some((u) => u.userName === data.userName && u.id !== id))
                throw new SCIMMY.Types.Error(409, "uniqueness", "userName is taken");
            const now = new Date();
            const made = { ...JSON.parse(JSON.stringify(data)), id,
                           meta: { created: store.get(id)?.meta.created ?? now, lastModified: now } };
            store.set(id, made);
            return made;
        })
        .egress(async (resource) => {
            if (!resource.id) return resource.filter ? resource.filter.match([...store.values()]) : [...store.values()];
            if (!store.has(resource.id)) throw missing(resource.id);
            return store.get(resource.id);
        })
        .degress(async (resource) => {
            if (!store.delete(resource.id)) throw missing(resource.id);
            for (const group of stores.Group.values())
                group.members = (group.members ?? []).filter((m) => m.value !== resource.id);
        });
}

const app = express();
// Passwords are written and never read; here one may ask whether it is the one: /opens/ID/PASSWORD
const passwords = new Map();
app.use(express.json({ type: "application/scim+json" }), (request, response, next) => {
    const set = request.method === "PATCH" && request.body?.Operations?.find((o) => o.path === "password");
    if (set) response.on("finish", () => {
        if (response.statusCode < 300) passwords.set(request.path.split("/").pop(), set.value);
    });
    next();
});
app.get("/opens/:id/:password", (request, response) =>
    response.json(passwords.get(request.params.id) === request.params.password));
app.use("/scim", new SCIMMYRouters({
    type: "bearer",
    handler: (request) => {
        if (request.header("Authorization") !== `Bearer ${token}`) throw new Error("Authorization required");
        return "jmld";
    },
}));
const listener = app.listen(0, "127.0.0.1", () => {
    writeFileSync(`${portFile}.new`, String(listener.address().port));
    renameSync(`${portFile}.new`, portFile);
});
