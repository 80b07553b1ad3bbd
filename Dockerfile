# One image for every process of Seer; the command says which:
#   node apps/api/dist/main.js, the same with worker and sandbox; npm run --silent seer -- <command>
#
#   docker build -t seer .

ARG NODE_IMAGE=node:24-bookworm-slim

# ---- Installs everything, builds, and keeps what production needs.
FROM ${NODE_IMAGE} AS build
WORKDIR /seer
ENV CI=1 npm_config_update_notifier=false

# Packages first: this layer is made again only when the lockfile changes.
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
RUN npx --yes "$(node -p "require('./package.json').packageManager")" fetch --loglevel=error

COPY . .
RUN npm run --silent build

# Only the production packages, from the store that "fetch" filled.
RUN rm -rf node_modules apps/*/node_modules packages/*/node_modules \
 && npx --yes "$(node -p "require('./package.json').packageManager")" install --prod --frozen-lockfile --offline --loglevel=error

# Prisma ships its query compiler for five databases, each four times; types and source maps serve nobody here.
RUN find node_modules/.pnpm/@prisma+client@*/node_modules/@prisma/client/runtime -name 'query_compiler_*' \
      ! -name '*.postgresql.*' -delete \
 && find node_modules/.pnpm apps packages -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete \
 && rm -rf apps/*/src packages/*/src apps/*/tsconfig.json packages/*/tsconfig.json apps/*/dist/.tsbuildinfo packages/*/dist/.tsbuildinfo

# ---- What runs.
FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="Seer" org.opencontainers.image.licenses="MIT"
WORKDIR /seer
# SEER_PREBUILT: the npm scripts neither install nor build.
ENV NODE_ENV=production SEER_PREBUILT=1 npm_config_update_notifier=false

COPY --from=build /seer/node_modules node_modules
COPY --from=build /seer/prisma/migrations prisma/migrations
COPY --from=build /seer/scripts scripts
# The API shows them beside its reference.
COPY --from=build /seer/docs docs
COPY --from=build /seer/package.json /seer/LICENSE ./
COPY --from=build /seer/packages packages
COPY --from=build /seer/apps apps

# A volume that is mounted at /data/recordings for the first time gets this owner. In .seer are files that are being copied
# when the recordings are kept in S3.
RUN mkdir -p /data/recordings .seer && chown node:node /data/recordings .seer

# Nothing else in the image belongs to this user, so nothing that runs can change the program.
USER node
CMD ["node", "apps/api/dist/main.js"]
