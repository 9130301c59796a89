# SPDX-License-Identifier: Apache-2.0
"""What the Slicer module is made of: the only place besides SlicerDeid.py that knows slicer, qt and vtk.

``request``        paths and options of a run: checked here, turned into a command line
``requestproblems``  what is wrong with single ones
``task``           what the program is started for, and by which button
``worker``         the run itself, a process that prints JSON lines
``background``     steps of work in a thread beside the event loop
``processtree``    ends a process with all its children
``messages``       events and exit codes in words
``optionsform``    the upper half of the panel: paths, options, problems
``folderdrop``     folders and lists dropped onto it
``runview``        the lower half: bar, table, log
``seriestable``    the plan, and then the results, as a table to be read, unticked, filtered and sorted
``widerows``       its rows of patients and problems, fitted to its width
``previewview``    the preview: opened from the table, follows the options
``previewwishes``  what can be looked at: a series as it would be released, or a finished one
``previewwork``    its steps, in a thread
``previewarrays``  what its nodes hold, as arrays
``previewnodes``   its nodes in the scene, for as long as it is open
``previewlayout``  its views, beside the user's own
``previewboxes``   boxes that are drawn in it over text
``boxplaces``      where these lie in pixels and slices
``headertable``    a header before and after
``reviewsection``  the review: the three views below
``reviewview``     finished heads, to be accepted, rejected, withdrawn or done again
``reviewwords``    what is said of them
``reviewpictures`` how they are drawn
``auditview``      what an audit found; opens the slice
``valuesview``     the values that stay in headers, to be kept, removed or replaced
``valueswork``     how they are listed
``scenesection``   what is open in Slicer: the two views below
``loadedview``     a volume that is loaded, defaced
``sceneview``      the scene, made ready to be shared
``scenetraces``    what it tells of persons: patients, stored views, and what its nodes say
``scenenodes``     what one node says
``scenedata``      what its segments and arrays say
``scenetables``    what a table says
``scenetrace``     one thing that is said, taken out and put back
``scenesweep``     the bundle, searched for what is known
``volumes``        volume nodes to arrays and back: defacing and text masking of what is loaded in the scene
``samples``        sample data for Slicer's module Sample Data, made by the program
``dicomexport``    the de-identified export of Slicer's DICOM module
``packages``       what these two need of Python, asked for
``selftest``       what the self test inside Slicer does
"""
