"""The triggers. What they decide is in the modules beside; deployed, this is the folder's only entry."""

from firebase_admin import initialize_app
from firebase_functions import options

initialize_app()
# Far more than anybody's queue needs, and a bound to what a mistake may cost.
options.set_global_options(max_instances=10, memory=options.MemoryOption.MB_256)
