#!/usr/bin/env bash
# Start-up script of a GPU VM on Compute Engine, spot or not: runs the listener's image, and shuts the machine down when
# the listener has left, so that a GPU that draws nothing costs nothing. See docs/listeners.md.
#
# Metadata of the instance:
#   brushfire-image    the image that ops/Dockerfile makes, in a registry that the machine may read
#   brushfire-project  the Firebase project
#   brushfire-bucket   its Storage bucket (left out: PROJECT.firebasestorage.app)
#   brushfire-secret   the secret in Secret Manager with the service account's key (left out: brushfire-key)
#   brushfire-idle     leave when nothing was drawn for so long (left out: 10m)
set -euo pipefail

readonly RUN="${BRUSHFIRE_RUN:-/run/brushfire}"
readonly NAME=brushfire-listener
# Where NVIDIA's repository is entered; a test has another.
readonly ROOT="${BRUSHFIRE_ROOT:-}"
# A start-up script has none, and Docker looks there for the registry's credentials.
export HOME="${HOME:-/root}"

attribute() {
  curl --fail --silent --header 'Metadata-Flavor: Google' \
    "http://metadata.google.internal/computeMetadata/v1/instance/attributes/$1" || printf '%s' "${2-}"
}

# Whatever ends this script, also a failed start: a machine without a listener only costs.
leave() {
  rm -rf "$RUN"
  shutdown -h now
}
trap leave EXIT

# The system is going down: the container is told, and has 28 of the 30 seconds. A spot machine's notice comes earlier:
# the listener asks for it by itself (BRUSHFIRE_SPOT).
drain() {
  docker stop --time 28 "$NAME" || true
}
trap drain TERM INT

image=$(attribute brushfire-image)
project=$(attribute brushfire-project)
if [[ -z $image || -z $project ]]; then
  echo 'the instance has no brushfire-image or no brushfire-project in its metadata' >&2
  exit 1
fi
bucket=$(attribute brushfire-bucket "$project.firebasestorage.app")
secret=$(attribute brushfire-secret brushfire-key)
idle=$(attribute brushfire-idle 10m)

# In memory, and readable by the container's user alone.
install --directory --mode 0700 "$RUN"
(umask 077 && gcloud secrets versions access latest --secret "$secret" --project "$project" >"$RUN/key.json")
chown -R 10001 "$RUN"

# Google's Deep Learning images have the driver, but not all have Docker and NVIDIA's toolkit for it.
provide_docker() {
  local site=https://nvidia.github.io/libnvidia-container key=/usr/share/keyrings/nvidia-container-toolkit.gpg
  curl --fail --silent --location "$site/gpgkey" | gpg --dearmor --yes --output "$ROOT$key"
  curl --fail --silent --location "$site/stable/deb/nvidia-container-toolkit.list" |
    sed "s#^deb https#deb [signed-by=$key] https#" >"$ROOT/etc/apt/sources.list.d/nvidia-container-toolkit.list"
  apt-get update --quiet=2
  command -v docker >/dev/null || apt-get install --quiet=2 --yes docker.io
  apt-get install --quiet=2 --yes nvidia-container-toolkit
  nvidia-ctk runtime configure --runtime=docker
  systemctl restart docker
}
if ! command -v docker >/dev/null || ! command -v nvidia-ctk >/dev/null; then
  provide_docker
fi

registry=${image%%/*}
case "$registry" in
*.pkg.dev | *gcr.io) gcloud auth configure-docker "$registry" --quiet ;;
esac
docker pull --quiet "$image"
docker run --rm --name "$NAME" --gpus all --network host --stop-timeout 28 \
  --volume "$RUN/key.json:/key.json:ro" \
  --env GOOGLE_APPLICATION_CREDENTIALS=/key.json \
  --env GOOGLE_CLOUD_PROJECT="$project" \
  --env BRUSHFIRE_BUCKET="$bucket" \
  --env BRUSHFIRE_SPOT=1 \
  "$image" listen --leave-when-idle "$idle" &

# A signal ends `wait`, not the container: it is waited for again.
while kill -0 $! 2>/dev/null; do
  wait $! || true
done
